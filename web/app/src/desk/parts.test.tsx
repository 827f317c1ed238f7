// The reply and the offer as an agent meets them: by role and by key, over a real connection.
import 'fake-indexeddb/auto';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { act, cleanup, configure, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useLink } from '../api/link.ts';
import { Live } from '../api/live.ts';
import { offer, Server } from '../api/playedServer.ts';
import { openShelf, type Shelf } from '../api/store.ts';
import { setLang } from '../i18n/index.ts';
import { listen } from '../keys/useKey.ts';
import { useItems } from '../shell/chats.ts';
import { Connection, keepLiveData, useDesk } from '../shell/live.tsx';
import { Composer } from './Composer.tsx';
import { loadDrafts, useDrafts } from './drafts.ts';
import { OfferCard } from './OfferCard.tsx';

// For a slow machine with others at work.
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

let server: Server;
let live: Live;
let shelf: Shelf;
let users = 500;
let deafen: () => void;

function Parts() {
  const [item] = useItems();
  const offers = useDesk()?.offers ?? [];
  return (
    <>
      {offers.map((o) => (
        <OfferCard key={o.chat_id} offer={o} />
      ))}
      {item && <Composer key={item.id} item={item} />}
    </>
  );
}

// shown draws the parts of one chat, with the connection of a desk.
async function shown(): Promise<void> {
  const cache = new QueryClient();
  keepLiveData(cache);
  shelf = await openShelf('fernhill', ++users);
  useDrafts.setState({ byChat: new Map(), loaded: false });
  await loadDrafts(shelf);
  live = new Live({ url: server.url, cache, shelf, delay: () => 60_000 }); // back it comes when a test says so
  const root = createRootRoute({ component: Parts });
  const desk = (path: string) => createRoute({ getParentRoute: () => root, path });
  const router = createRouter({ routeTree: root.addChildren([desk('/'), desk('/desk'), desk('/desk/$chat')]), history: createMemoryHistory() });
  render(
    <QueryClientProvider client={cache}>
      <Connection value={{ live, shelf }}>
        <RouterProvider router={router as never} />
      </Connection>
    </QueryClientProvider>,
  );
  await act(() => live.start());
  await waitFor(() => expect(useLink.getState().phase).toBe('live'));
}

const box = () => screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Text to +1 (415) 555-0142' });
const send = () => screen.getByRole('button', { name: /^Send/ });
const write = async (text: string) => fireEvent.change(await box(), { target: { value: text } });
const sent = () => server.got.filter((f) => f.type === 'send').map((f) => (f.data as { text: string }).text);

beforeEach(() => {
  window.scrollTo = () => {}; // jsdom has none, and the router puts a page at its top
  setLang('en');
  deafen = listen();
  server = new Server();
  server.chats.set(7, []);
});

afterEach(async () => {
  cleanup();
  deafen();
  live.stop();
  await server.stop();
});

describe('the reply', () => {
  it('goes out by Enter, once, and leaves an empty box; Shift+Enter sends nothing', async () => {
    await shown();
    await write('It ships today');
    fireEvent.keyDown(await box(), { key: 'Enter', code: 'Enter', shiftKey: true });
    expect((await box()).value).toBe('It ships today');
    fireEvent.keyDown(await box(), { key: 'Enter', code: 'Enter' });
    expect((await box()).value).toBe('');
    fireEvent.keyDown(await box(), { key: 'Enter', code: 'Enter' });
    await waitFor(() => expect(sent()).toEqual(['It ships today']));
  });

  it('of spaces alone is none', async () => {
    await shown();
    await write('   ');
    expect(send().getAttribute('aria-disabled')).toBe('true');
    fireEvent.click(send());
    await write('Hello');
    fireEvent.click(send());
    await waitFor(() => expect(sent()).toEqual(['Hello']));
  });

  it('has at most 1,600 characters, and says by how many it is too long', async () => {
    await shown();
    await write('a'.repeat(1601));
    expect((await box()).getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByRole('status').textContent).toContain('1,600');
    expect(send().getAttribute('aria-disabled')).toBe('true');
    fireEvent.keyDown(await box(), { key: 'Enter', code: 'Enter' });
    await write('a'.repeat(1600));
    expect((await box()).getAttribute('aria-invalid')).toBe('false');
    fireEvent.keyDown(await box(), { key: 'Enter', code: 'Enter' });
    await waitFor(() => expect(sent()).toEqual(['a'.repeat(1600)]));
  });

  it('names what makes it dear, and Alt+U writes it plainly', async () => {
    await shown();
    await write(`It’s ${'a'.repeat(80)}`);
    expect(screen.getByRole('status').textContent).toMatch(/’/);
    expect((await box()).value).toContain('’');
    fireEvent.keyDown(await box(), { key: 'u', code: 'KeyU', altKey: true });
    expect((await box()).value).toBe(`It's ${'a'.repeat(80)}`);
    expect(screen.queryByRole('status')).toBeNull();
  });

  it('written while the connection is away goes out once when it is back', async () => {
    await shown();
    server.cut();
    await waitFor(() => expect(useLink.getState().phase).not.toBe('live'));
    await write('Are you there?');
    fireEvent.keyDown(await box(), { key: 'Enter', code: 'Enter' });
    expect(sent()).toEqual([]);
    act(() => void window.dispatchEvent(new Event('online')));
    await waitFor(() => expect(sent()).toEqual(['Are you there?']), { timeout: 10_000 });
    expect(server.chats.get(7)).toHaveLength(1);
  });

  it('is kept as a draft with its chat', async () => {
    await shown();
    await write('Let me look');
    await waitFor(async () => expect((await shelf.drafts()).get(7)?.text).toBe('Let me look'), { timeout: 5000 });
  });

  it('can not be written to a customer who has opted out', async () => {
    await shown();
    await box();
    act(() => server.tell({ type: 'event', chat_id: 7, seq: 1, at: new Date().toISOString(), data: { kind: 'opted_out', text: 'STOP' } }));
    await waitFor(() => expect(screen.queryByRole('textbox')).toBeNull());
    expect(screen.getByRole('status').textContent).toMatch(/opted out/i);
  });
});

describe('an offer', () => {
  const card = () => screen.findByRole('article', { name: 'Incoming chat' });

  it('says who, where from and what about, and is answered by its button once', async () => {
    await shown();
    act(() => server.tell({ type: 'offer', chat_id: 9, data: { ...offer, lang: 'es', preview: 'Hola' } }));
    const text = (await card()).textContent;
    for (const part of ['Returns', '+1 (646) 555-0133', '“Hola”', 'Español']) expect(text).toContain(part);
    fireEvent.click(screen.getByRole('button', { name: /^Answer/ }));
    await waitFor(() => expect(server.got.filter((f) => f.type === 'accept')).toHaveLength(1));
  });

  it('counts down when it ends within two minutes, and not otherwise', async () => {
    await shown();
    act(() => server.tell({ type: 'offer', chat_id: 9, data: { ...offer, expires_at: new Date(Date.now() + 60_000).toISOString() } }));
    await card();
    expect(screen.getByText(/^\d\d$/)).toBeTruthy();
    act(() => server.tell({ type: 'offer_withdrawn', chat_id: 9, data: { why: 'ended' } }));
    await waitFor(() => expect(screen.queryByRole('article')).toBeNull());
    act(() => server.tell({ type: 'offer', chat_id: 9, data: { ...offer, expires_at: new Date(Date.now() + 600_000).toISOString() } }));
    await card();
    expect(screen.queryByText(/^\d+$/)).toBeNull();
  });

  it('that a colleague won says who', async () => {
    await shown();
    server.refuse = (f) => (f.type === 'accept' ? { code: 'already_taken', message: 'Taken', by: 'Ravi Mehta' } : null);
    act(() => server.tell({ type: 'offer', chat_id: 9, data: offer }));
    await card();
    fireEvent.click(screen.getByRole('button', { name: /^Answer/ }));
    await screen.findByText('Ravi Mehta answered it');
    expect(screen.queryByRole('article')).toBeNull();
  });

  it('is declined by its button, and can be neither while the connection is away', async () => {
    await shown();
    act(() => server.tell({ type: 'offer', chat_id: 9, data: offer }));
    await card();
    fireEvent.click(screen.getByRole('button', { name: /^Decline/ }));
    await waitFor(() => expect(server.got.filter((f) => f.type === 'decline')).toHaveLength(1));
    act(() => server.tell({ type: 'offer', chat_id: 10, data: { ...offer, chat_id: 10 } }));
    await card();
    act(() => useLink.setState({ phase: 'lost' as never }));
    expect((screen.getByRole('button', { name: /^Answer/ }) as HTMLButtonElement).disabled).toBe(true);
    expect((screen.getByRole('button', { name: /^Decline/ }) as HTMLButtonElement).disabled).toBe(true);
  });
});
