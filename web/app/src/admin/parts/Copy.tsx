// Something to take along: an address, a secret that is shown this once, a command.
import { Check, Copy as CopyIcon } from 'lucide-react';
import { useRef, useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { announce } from '../../parts/announce.tsx';
import { Button } from '../../parts/index.tsx';
import s from './copy.module.css';
import { words } from './words.ts';

export function Copy({ label, value, block }: { label: string; value: string; block?: boolean }) {
  const say = useWords(words);
  const [done, setDone] = useState(false);
  const text = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setDone(true);
      announce(say('copied'));
    } catch {
      // Without the right to the clipboard the text is marked, so that the person's own key copies it.
      getSelection()?.selectAllChildren(text.current!);
      announce(say('copy.marked'));
    }
  };
  return (
    <div className={s.copy} data-block={block || undefined} role="group" aria-label={label}>
      <span className={s.label} aria-hidden>
        {label}
      </span>
      <code ref={text} tabIndex={0} role="textbox" aria-readonly aria-label={label}>
        {value}
      </code>
      <Button onClick={() => void copy()} aria-label={say('copy.what', { what: label })}>
        {done ? <Check aria-hidden /> : <CopyIcon aria-hidden />}
        {say(done ? 'copy.done' : 'copy')}
      </Button>
    </div>
  );
}
