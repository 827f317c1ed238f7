// What is typed while a window is on its way is meant for the window: the keys wait for its field, and reach nothing else.
const patience = 3000; // a window that never comes must not take the keyboard with it

const held: KeyboardEvent[] = [];
let since = 0;
let awaited = 0;

function keep(e: KeyboardEvent): void {
  if (e.timeStamp - since > patience || e.ctrlKey || e.metaKey || e.altKey || ['Tab', 'Shift', 'Control', 'Alt', 'Meta'].includes(e.key)) return;
  const target = e.target as Element;
  const inWindow = target.closest('[aria-modal=true]') !== null;
  if (inWindow && (e.key === 'Escape' || (target.matches('button') && /^( |Enter)$/.test(e.key)))) return; // it can be left already
  e.preventDefault();
  e.stopImmediatePropagation();
  held.push(e);
}

// hold keeps the keys from now on; what it returns ends that.
export function hold(): () => void {
  if (awaited++ === 0) {
    if (performance.now() - since > patience) held.length = 0; // of a window that never came
    since = performance.now();
    addEventListener('keydown', keep, true);
  }
  return () => {
    if (--awaited === 0) removeEventListener('keydown', keep, true);
  };
}

// handOver gives what was typed to the field that has the focus now, unless it is still to come. Not to be called while React draws.
export function handOver(): void {
  if (awaited > 0) return;
  for (const { key, code, shiftKey } of held.splice(0)) {
    const field = document.activeElement;
    const writes = key.length === 1 || key === 'Backspace';
    if (!writes) field?.dispatchEvent(new KeyboardEvent('keydown', { key, code, shiftKey, bubbles: true, cancelable: true }));
    else if (field?.matches('input, textarea')) document.execCommand(key === 'Backspace' ? 'delete' : 'insertText', false, key);
  }
}
