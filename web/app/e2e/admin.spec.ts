// The administration, as an admin uses it.
import { expect, type Page } from '@playwright/test';
import { newPhone, test } from './desk.ts';

const saved = (page: Page) => page.getByRole('region', { name: /unsaved change/ });
const bubbles = (page: Page) => page.getByRole('region', { name: 'What customers see' });

test('an admin adds a number, verifies it and assigns it; texts to it reach the queue', async ({ demo, ines: page }) => {
  await page.goto('/admin/numbers');
  await page.getByRole('button', { name: 'Add numbers' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Numbers').fill('12, Nonsense\n020 7946 0018');
  await dialog.getByLabel('Country').selectOption('GB');
  await expect(dialog.getByText('+442079460018')).toBeVisible(); // read while it is typed
  await expect(dialog.getByText('Line 1, 12: not a complete number yet')).toBeVisible();
  await dialog.getByLabel('Country').selectOption('US');
  await dialog.getByLabel('Numbers').fill('12, Nonsense\n(415) 555-0177, Garden line');
  await page.keyboard.press('Tab');
  await dialog.getByRole('button', { name: 'Add numbers' }).click();
  await expect(dialog.getByText(/^Line 1: /)).toBeVisible();
  await expect(dialog.getByLabel('Numbers')).toHaveValue('12, Nonsense');
  await page.keyboard.press('Escape');

  const row = page.getByRole('row', { name: /\+1 \(415\) 555-0177/ });
  await expect(row).toContainText(/Verified for|Verification failed/);
  await expect(row).toContainText('Texts to it get no answer');
  await row.getByRole('button', { name: '+1 (415) 555-0177' }).click();
  const sheet = page.getByRole('complementary', { name: '+1 (415) 555-0177' });
  const queue = sheet.getByLabel('Texts to it go to');
  if ((await row.textContent())?.includes('Verification failed')) {
    await queue.selectOption({ label: 'Support › Billing' });
    await expect(sheet.getByRole('alert')).toBeVisible();
    return;
  }
  await queue.selectOption({ label: 'Support › Billing' });
  await expect(row).toContainText('Support › Billing');
  const phone = newPhone();
  await demo.text(phone, '+14155550177', 'Hello there');
  await expect.poll(() => demo.received(phone)).toContainEqual(expect.stringContaining('Welcome to Fernhill Home'));
  await demo.text(phone, '+14155550177', 'EXIT');
});

test('a new queue with a keyword greets as its preview says', async ({ demo, ines: page }) => {
  await page.goto('/admin/queues');
  await page.getByRole('treeitem', { name: /^Support/ }).waitFor();
  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Gift cards');
  await dialog.getByLabel('Under').selectOption({ label: 'Support' });
  await dialog.getByLabel('Keywords').fill('cancel,');
  await dialog.getByRole('button', { name: 'Add queue' }).click();
  await expect(dialog.getByRole('alert')).toContainText(/keyword cancel is a protected word/);
  await dialog.getByRole('button', { name: 'Remove cancel' }).click();
  await dialog.getByLabel('Keywords').fill('gift,');
  await dialog.getByRole('button', { name: 'Add queue' }).click();
  await expect(page.getByRole('heading', { name: 'Gift cards' })).toBeVisible();

  await page.getByRole('treeitem', { name: /Gift cards/ }).focus();
  await page.keyboard.press('Alt+ArrowUp');
  await expect(page.getByLabel('Key', { exact: true })).toHaveValue('3');

  await page.getByRole('treeitem', { name: /^Support/ }).click();
  await page.getByRole('button', { name: 'Edit Greeting' }).click();
  const greeting = page.getByRole('textbox', { name: /^Greeting/ });
  await greeting.fill('Hi, this is ');
  await page.getByRole('button', { name: 'Company', exact: true }).click();
  await expect(greeting).toHaveValue('Hi, this is @{COMPANY_NAME}');
  await expect(bubbles(page)).toContainText('Hi, this is Fernhill Home');
  await expect(bubbles(page)).toContainText('3. Gift cards');
  await expect(bubbles(page)).toContainText('GSM-7 · 25/160 · 1 segment');
  await page.keyboard.press('Control+s');
  await expect(saved(page)).toBeHidden();

  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.menu, 'hello');
  await expect.poll(() => demo.received(phone)).toContain('Hi, this is Fernhill Home');
  await demo.text(phone, demo.facts.numbers.menu, 'gift');
  await expect.poll(async () => (await demo.received(phone)).join('\n')).toContain('Gift cards');
  await demo.text(phone, demo.facts.numbers.menu, 'EXIT');
});

test('a queue is saved whole or not at all, and a menu keeps a queue to show', async ({ ines: page }) => {
  await page.goto('/admin/queues');
  await page.getByRole('treeitem', { name: /^Support/ }).waitFor();
  const dialog = page.getByRole('dialog');
  const add = async (name: string, under: string) => {
    await page.getByRole('treeitem', { name: /Support/ }).first().click();
    await page.keyboard.press('n');
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByLabel('Under').selectOption({ label: under });
    await dialog.getByRole('button', { name: 'Add queue' }).click();
    await expect(page.getByRole('heading', { name })).toBeVisible();
  };
  await add('Loyalty', 'Support');
  await page.getByLabel('Name in the menu').fill('Loyalty club');
  await page.getByLabel('Keywords').fill('cancel,');
  await page.locator('[data-key=queue_priority]').getByRole('textbox').fill('7');
  await page.keyboard.press('Control+s');
  await expect(page.getByText(/keyword cancel is a protected word/).first()).toBeVisible();
  const stored = async () => {
    const all = (await (await page.request.get('/api/console/queues')).json()) as { id: number; name: string }[];
    const queue = all.find((q) => q.name.startsWith('Loyalty'))!;
    const { settings } = (await (await page.request.get(`/api/console/queues/${queue.id}/settings`)).json()) as { settings: { key: string; value: unknown }[] };
    return [queue.name, settings.find((x) => x.key === 'queue_priority')?.value];
  };
  expect(await stored()).toEqual(['Loyalty', 0]);
  await page.getByRole('button', { name: 'Remove cancel' }).click();
  await page.keyboard.press('Control+s');
  await expect(saved(page)).toBeHidden();
  expect(await stored()).toEqual(['Loyalty club', 7]);

  await add('Points', 'Support › Loyalty club');
  await page.getByRole('switch', { name: 'Visible' }).click();
  await expect(page.getByText(/menu of Loyalty club would show no queue/).first()).toBeVisible();
  await expect(page.getByRole('switch', { name: 'Visible' })).toBeChecked();
});

test('hours are changed, a wrong one is refused where it stands, and leaving asks first', async ({ ines: page }) => {
  await page.goto('/admin/hours');
  await page.getByRole('button', { name: 'Set hours' }).click();
  const opens = page.getByLabel('Monday, opens');
  await opens.fill('18');
  await opens.blur();
  await expect(opens).toHaveValue('6:00 PM'); // the reader's clock
  await expect(page.getByRole('group', { name: 'Monday' })).toContainText('It closes before it opens.');
  await page.keyboard.press('Control+s');
  await expect(page.getByText(/an interval of mon ends before it begins/)).toBeVisible();
  await opens.fill('8am');
  await page.getByRole('link', { name: 'Commands' }).click();
  await expect(page.getByRole('dialog')).toContainText('Leave without saving?');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+s');
  await expect(saved(page)).toBeHidden();
  await page.reload();
  await expect(page.getByLabel('Monday, opens')).toHaveValue('8:00 AM');
  await page.getByRole('button', { name: 'Open round the clock' }).click();
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Always open.', { exact: true })).toBeVisible();
  await expect(saved(page)).toBeHidden();
});

test('several settings are saved at once; a refused one says why at its field', async ({ ines: page }) => {
  await page.goto('/admin/settings');
  await expect(page.getByLabel('Quiet chat')).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('chat');
  await expect(page.getByRole('searchbox')).toHaveValue('chat');
  await page.getByLabel('Quiet chat').fill('90');
  await page.getByRole('button', { name: 'Clear the filter' }).waitFor({ state: 'detached' });
  await page.getByRole('searchbox').fill('');
  await page.getByLabel('Answer by itself').click();
  await page.keyboard.press('Control+s');
  const row = page.locator('[data-key=auto_answer]');
  await expect(row.getByRole('alert')).toContainText(/deltacast/);
  await row.getByRole('button', { name: /^Reset/ }).click();
  await page.keyboard.press('Control+s');
  await expect(saved(page)).toBeHidden();
  await expect(page.locator('[data-key=chat_timeout]')).toContainText('Ines Marchetti');
  await page.locator('[data-key=chat_timeout]').getByRole('button', { name: 'Reset to 8 h' }).click();
  await page.keyboard.press('Control+s');
  await expect(saved(page)).toBeHidden();
});

test('the test field tells a command from an ordinary text', async ({ ines: page }) => {
  await page.goto('/admin/commands');
  const field = page.getByLabel('A customer texts');
  const result = page.getByRole('status', { name: 'Result' });
  await field.fill('Please stop texting me.');
  await expect(result).toContainText('STOP: opts the customer out');
  await expect(result).toContainText('stop texting me');
  await field.fill('please cancel my order');
  await expect(result).toContainText('Reads like a request to stop');
  await field.fill('where is my mug?');
  await expect(result).toContainText('An ordinary text');
  for (const group of await page.getByRole('group', { name: 'Answered with the text in' }).all()) await expect(group.getByRole('link', { name: 'English' })).toBeVisible();
  await page.getByRole('group', { name: 'EXIT is answered with the text in' }).getByRole('link', { name: 'English' }).click();
  await expect(page.getByRole('textbox', { name: /^Customer left/ })).toBeFocused();
  await expect(page).toHaveURL(/admin\/texts\?lang=en&text=exit/);
});

test('a CSV file with a wrong line blocks nobody; the mended one blocks all', async ({ ines: page }) => {
  await page.goto('/admin/blocklist');
  await page.getByRole('button', { name: 'Import CSV' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Or paste the lines here').fill('+14155550991,Threats\nnot a number,');
  await dialog.getByRole('button', { name: 'Block them' }).click();
  await expect(dialog.getByRole('alert')).toContainText(/line 2/i);
  await dialog.getByLabel('Or paste the lines here').fill('+14155550991,Threats\n+14155550991,Again\n');
  await dialog.getByRole('button', { name: 'Block them' }).click();
  await expect(dialog.getByRole('status')).toHaveText('1 number was added');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByRole('row', { name: /\+1 \(415\) 555-0991/ })).toContainText('Threats');
});

test('an agent is told which role a page needs', async ({ noor: page }) => {
  await expect(page.getByRole('link', { name: 'Administration' })).toBeHidden();
  await page.goto('/admin/settings');
  await expect(page.getByRole('heading', { name: 'You may not see this page' })).toBeVisible();
  await expect(page.getByText('It needs the role manager or admin.', { exact: false })).toBeVisible();
});

test('what is looked at has an address: an open row, a filter, a language, an hour; and pages are found at the addresses of old', async ({ ines: page }) => {
  await page.goto('/teams/new'); // they live below /admin
  await expect(page).toHaveURL(/\/admin\/teams\/new$/);
  await page.getByRole('dialog').getByLabel('Name').fill('Night shift');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page).toHaveURL(/\/admin\/teams$/);
  await page.getByRole('searchbox', { name: 'Filter teams' }).pressSequentially('night s');
  await page.getByRole('button', { name: 'Night shift', exact: true }).click();
  await expect(page).toHaveURL(/\/admin\/teams\/\d+\?q=night/);
  await page.reload();
  await expect(page.getByRole('dialog', { name: /Night shift/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page.getByRole('searchbox', { name: 'Filter teams' })).toHaveValue('night s');
  await page.getByRole('button', { name: 'Delete Night shift?' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();

  await page.goto('/settings/general?q=quiet');
  await expect(page).toHaveURL(/\/admin\/settings\?q=quiet$/);
  await expect(page.getByRole('searchbox', { name: 'Search settings' })).toHaveValue('quiet');
  await expect(page.getByLabel('Quiet hours', { exact: true })).toBeVisible();

  await page.goto('/queues/sms');
  await page.getByRole('treeitem', { name: /Billing/ }).first().click();
  const chosen = page.getByRole('navigation', { name: 'Sections' });
  await chosen.getByRole('button', { name: /^Messages/ }).click();
  await expect(page).toHaveURL(/\/admin\/queues\/\d+\/messages$/);
  await page.getByRole('complementary', { name: 'What customers see' }).getByRole('button', { name: 'ES' }).click();
  await expect(page).toHaveURL(/messages\?see=es$/);
  await page.reload();
  await expect(page.getByRole('complementary', { name: 'What customers see' }).getByRole('button', { name: 'ES' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('region', { name: 'Messages' })).toBeInViewport();
  await page.getByRole('link', { name: 'Try in simulator' }).click();
  await expect(page.getByLabel('Number to text').first()).toHaveValue('+14155550101'); // the one that leads to Billing
});

test('the tree grows by keys: Enter adds, Tab nests, Alt and an arrow moves, Mod+Z takes it back', async ({ ines: page }) => {
  await page.goto('/admin/queues');
  const item = (name: string) => page.locator('[role=treeitem][data-id]').filter({ hasText: name });
  await item('Wrong item').click();
  await expect(page.getByRole('heading', { name: 'Wrong item' })).toBeVisible();
  await page.keyboard.press('Enter');
  const field = page.getByRole('textbox', { name: 'Name of the new queue' });
  await expect(field).toBeFocused();
  await field.fill('Late parcel');
  await page.keyboard.press('Enter');
  await expect(item('Late parcel')).toHaveAttribute('aria-level', '3');
  await expect(field).toHaveValue('');
  await expect(field).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await field.fill('Repairs');
  await page.keyboard.press('Enter');
  await expect(item('Repairs')).toHaveAttribute('aria-level', '2');
  await expect(field).toHaveValue('');
  await expect(field).toBeFocused();
  await page.keyboard.press('Tab');
  await field.fill('Lamps');
  await page.keyboard.press('Enter');
  await expect(item('Lamps')).toHaveAttribute('aria-level', '3');
  await expect(field).toHaveValue('');
  await expect(field).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(item('Lamps')).toBeFocused();
  await page.keyboard.press('Alt+ArrowLeft');
  await expect(item('Lamps')).toHaveAttribute('aria-level', '2');
  await page.keyboard.press('Control+z');
  await expect(item('Lamps')).toHaveAttribute('aria-level', '3');

  // Alone among its kind it can't be moved, and the arrows say so.
  for (const way of ['up', 'down']) await expect(page.getByRole('button', { name: `Move Lamps ${way}` })).toHaveAttribute('aria-disabled', 'true');
});

test('what somebody else saved meanwhile is shown beside mine, and nothing is overwritten', async ({ ines: page }) => {
  await page.goto('/admin/queues');
  await page.getByRole('treeitem', { name: /Refund status/ }).click();
  const target = page.locator('[data-key=offer_timeout]').getByRole('textbox');
  await target.fill('33');
  const all = (await (await page.request.get('/api/console/queues')).json()) as { id: number; name: string }[];
  const refunds = all.find((q) => q.name === 'Refund status')!;
  const settings = `/api/console/queues/${refunds.id}/settings`;
  const stored = async () => {
    const answer = (await (await page.request.get(settings)).json()) as { settings: { key: string; value: unknown }[] };
    return answer.settings.find((x) => x.key === 'offer_timeout')?.value;
  };
  expect((await page.request.put(settings, { headers: { 'X-Sidetone': 'console' }, data: { values: { offer_timeout: 44 } } })).status()).toBe(200);
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'Somebody else saved meanwhile' });
  await expect(dialog).toContainText('33');
  await expect(dialog).toContainText('44');
  expect(await stored()).toBe(44);
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  await expect(dialog).toBeHidden();
  await page.keyboard.press('Control+s');
  await expect(saved(page)).toBeHidden();
  expect(await stored()).toBe(33);
});
