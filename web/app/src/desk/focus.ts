// Where the focus goes when the agent asked for it, and never by itself.

export function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>('[data-keys=composer] textarea')?.focus();
}

let next: number | null = null;

// focusWhenOpen gives the focus to a chat's composer as soon as it is drawn: its offer was answered by hand.
export function focusWhenOpen(chat: number): void {
  const drawn = document.querySelector<HTMLElement>(`[data-of="${chat}"] textarea`);
  if (drawn) drawn.focus();
  else next = chat;
}

export function takesFocus(chat: number): boolean {
  const yes = next === chat;
  if (yes) next = null;
  return yes;
}

// keepFocus catches the focus when what had it is gone, so that it never falls to the page.
export function keepFocus(element: HTMLElement | null): void {
  if (document.activeElement === document.body || document.activeElement === null) element?.focus();
}

let going: number | null = null;

// goes says that a chat leaves the desk by itself, with whatever in it has the focus; the list is to have that then.
export function goes(chat: number): void {
  going = chat;
}

// hasGone tells once that it is neither open nor listed any more.
export function hasGone(open: number | undefined, listed: readonly { id: number }[]): boolean {
  if (going === null || going === open || listed.some((x) => x.id === going)) return false;
  going = null;
  return true;
}

export function listStop(): HTMLElement | null {
  const list = document.querySelector<HTMLElement>('[data-pane]');
  return list?.querySelector<HTMLElement>('[data-pane-focus]') ?? list;
}
