// Signing in at a company's provider: set up by an admin, used by an agent, refused where it must be.
import { expect as impatient, type Page } from '@playwright/test';
import { themed, violations } from './axe.ts';
import { signInAsAdmin, test } from './desk.ts';
import { Provider } from './provider.ts';

const expect = impatient.configure({ timeout: 25_000 });
const label = 'Continue with Fernhill';

async function accessible(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await themed(page, colorScheme);
    await expect(async () => {
      expect(await violations(page), `${name}, ${colorScheme}`).toEqual([]);
    }).toPass({ timeout: 60_000 });
  }
}

test('an admin sets a provider up, and people sign in by it', async ({ browser, demo, ines }) => {
  const noor = demo.facts.agents[0]!;
  const provider = await Provider.start({ sub: 'u-1', email: noor.email, email_verified: true, name: 'Noor Haddad' });
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const page = await context.newPage();
  const button = page.getByRole('button', { name: label });
  try {
    await ines.goto('/admin/sign-in');
    await expect(ines.getByRole('heading', { name: 'Sign-in', level: 1 })).toBeVisible();
    await expect(ines.getByRole('textbox', { name: 'Redirect address' }).first()).toContainText(`${demo.facts.url}/api/console/session/provider/`);
    await ines.getByLabel('Text on the button').fill(label);
    await ines.getByLabel('Issuer').fill(`${provider.issuer}/`);
    await ines.getByLabel('Client ID').fill(provider.client);
    await ines.getByLabel('Client secret').fill('wrong');
    await ines.getByRole('button', { name: 'Check' }).click();
    await expect(ines.getByText(`It calls itself ${provider.issuer};`, { exact: false })).toBeVisible();
    await ines.getByLabel('Issuer').fill(provider.issuer);
    await ines.getByRole('button', { name: 'Check' }).click();
    await expect(ines.getByText('or the secret is wrong', { exact: false })).toBeVisible();
    await accessible(ines, 'sign-in, with a problem');
    await ines.getByLabel('Client secret').fill(provider.secret);
    await ines.getByRole('button', { name: 'Check' }).click();
    await expect(ines.getByText('The provider answers and knows this client.')).toBeVisible();
    await ines.getByLabel('People who come for the first time').selectOption({ label: 'Become: agent' });
    await ines.getByRole('button', { name: 'Save' }).click();
    await expect(ines.getByLabel('Email domains')).toHaveAttribute('aria-invalid', 'true');
    await ines.getByLabel('People who come for the first time').selectOption({ label: 'Only people who are in Users already' });
    await ines.getByLabel('Claim that gives roles').fill('groups');
    await ines.getByRole('button', { name: 'Add a value' }).click();
    await accessible(ines, 'sign-in, filled in');
    await ines.getByLabel('Claim that gives roles').fill('');
    await ines.getByRole('button', { name: 'Remove value 1' }).click();
    await ines.getByRole('button', { name: 'Save' }).click();
    await expect(ines.getByText('One is stored; leave this empty to keep it.')).toBeVisible();

    await page.goto('/desk');
    await expect(button).toBeVisible();
    await accessible(page, 'login, with a provider');
    await button.click();
    await page.getByRole('link', { name: 'Continue as Noor Haddad' }).click();
    await expect(page).toHaveURL(`${demo.facts.url}/desk`);
    await expect(page.getByRole('heading', { name: 'My chats' })).toBeVisible();
    expect((await context.cookies(demo.facts.url)).map((c) => [c.name, c.httpOnly, c.sameSite])).toEqual([['sidetone_session', true, 'Lax']]);

    // Elsewhere too; one ends the other.
    const elsewhere = await browser.newContext({ baseURL: demo.facts.url });
    const { email, password } = noor;
    expect((await elsewhere.request.post('/api/console/session', { headers: { 'X-Sidetone': 'console' }, data: { email, password } })).status()).toBe(200);
    await page.goto('/me');
    const sessions = page.getByRole('region', { name: 'Where you are signed in' });
    await expect(sessions.getByText('this browser')).toBeVisible();
    await expect(sessions.getByText('company account')).toBeVisible();
    await accessible(page, 'where one is signed in');
    await sessions.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await expect(sessions.getByRole('listitem')).toHaveCount(1);
    expect((await elsewhere.request.get('/api/console/session')).status()).toBe(401);
    await elsewhere.close();

    // Out by the provider's own way, and back at the login page.
    await page.getByRole('button', { name: 'Account of' }).press('Enter');
    const out = page.waitForRequest((r) => r.url().startsWith(`${provider.issuer}/logout`));
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    expect(new URL((await out).url()).searchParams.get('id_token_hint')).toMatch(/^ey/);
    await expect(page).toHaveURL(`${demo.facts.url}/login`);

    provider.person = { sub: 'u-2', email: 'stranger@fernhill.example', email_verified: true, name: 'A Stranger' };
    await button.click();
    await page.getByRole('link', { name: 'Continue as A Stranger' }).click();
    await expect(page.getByRole('alert')).toContainText('you have no account here');
    await accessible(page, 'login, refused');
    expect(await context.cookies(demo.facts.url)).toEqual([]);

    await button.click();
    await page.getByRole('link', { name: 'Continue as A Stranger' }).waitFor();
    provider.down = true;
    await page.getByRole('link', { name: 'Continue as A Stranger' }).click();
    await expect(page.getByRole('alert')).toContainText('Your provider did not answer');
    provider.down = false;

    // Without passwords those of administrators still work.
    await ines.getByLabel('Passwords work too').uncheck();
    await ines.getByRole('button', { name: 'Save' }).click();
    await expect(ines.getByRole('region', { name: /unsaved change/ })).toBeHidden();
    await page.goto('/login');
    await expect(button).toBeVisible();
    await expect(page.getByLabel('Email')).toBeHidden();
    await accessible(page, 'login, without passwords');
    await page.getByText('Administrators: use a password').click();
    await page.getByLabel('Email').fill(noor.email);
    await page.getByLabel('Password', { exact: true }).fill(noor.password);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toContainText('passwords are for administrators');
    await page.getByLabel('Email').fill(demo.facts.admin.email);
    await page.getByLabel('Password', { exact: true }).fill(demo.facts.admin.password);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('navigation').first()).toBeVisible();

    await ines.getByRole('button', { name: 'Remove the provider' }).click();
    await ines.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(ines.getByLabel('Client ID')).toHaveValue('');
    await ines.goto('/admin/audit');
    await expect(ines.getByRole('row', { name: /removed the sign-in with/ }).first()).toBeVisible();
    await expect(ines.getByRole('row', { name: /linked the company account of/ }).first()).toBeVisible();
  } finally {
    const admin = await browser.newContext({ baseURL: demo.facts.url });
    await signInAsAdmin(admin, demo);
    await admin.request.delete('/api/console/sign-in', { headers: { 'X-Sidetone': 'console' } });
    await admin.close();
    await context.close();
    await provider.stop();
  }
});
