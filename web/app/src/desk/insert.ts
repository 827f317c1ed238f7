// Writing into the reply from elsewhere: the command list inserts shortcuts where the caret is.
let target: ((text: string) => void) | null = null;

export function takesText(write: (text: string) => void): () => void {
  target = write;
  return () => {
    if (target === write) target = null;
  };
}

export function insertText(text: string): void {
  target?.(text);
}
