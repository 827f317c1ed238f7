// Saved by somebody else meanwhile: both versions, and the choice. Nothing is overwritten unseen.
import { useWords } from '../../i18n/index.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button } from '../../parts/index.tsx';
import { Dialog } from '../parts/index.tsx';
import type { Clash } from './conflict.ts';
import s from './settings.module.css';
import { words } from './words.ts';

interface Props {
  clashes: readonly Clash[];
  nameOf: (key: string) => string;
  textOf: (key: string, value: unknown) => string;
  choose: (clash: Clash, whose: 'mine' | 'theirs') => void;
  onClose: () => void;
}

export function Clashes({ clashes, nameOf, textOf, choose, onClose }: Props) {
  const say = useWords(words);
  const { day, time } = useTimes();
  return (
    <Dialog title={say('clash.title')} onClose={onClose} wide>
      <p>{say('clash.text')}</p>
      {clashes.map((c) => (
        <section key={c.key} className={s.clash} aria-label={nameOf(c.key)}>
          <h3>{nameOf(c.key)}</h3>
          <div>
            <h4>{say('clash.mine')}</h4>
            <p>{textOf(c.key, c.mine)}</p>
            <Button onClick={() => choose(c, 'mine')}>{say('clash.keepMine')}</Button>
          </div>
          <div>
            <h4>
              {c.by ? say('clash.by', { name: c.by }) : say('clash.theirs')}
              {c.at && <small>{`${day(c.at)}, ${time(c.at)}`}</small>}
            </h4>
            <p>{textOf(c.key, c.theirs)}</p>
            <Button onClick={() => choose(c, 'theirs')}>{say('clash.keepTheirs')}</Button>
          </div>
        </section>
      ))}
    </Dialog>
  );
}
