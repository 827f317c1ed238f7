// Writing into the reply from elsewhere: the command list inserts shortcuts where the caret is.
type Write = (text: string, shortcut?: number) => void;

let target: Write | null = null;

export function takesText(write: Write): () => void {
  target = write;
  return () => {
    if (target === write) target = null;
  };
}

export function insertText(text: string, shortcut?: number): void {
  target?.(text, shortcut);
}
