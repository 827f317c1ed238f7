// The save bar of settings: how many changed, and a way to each that can't be saved as it is.
import { useEffect, useRef } from 'react';
import { useWords } from '../../i18n/index.ts';
import { SaveBar } from '../parts/index.tsx';
import { useLeaveGuard } from '../parts/useLeaveGuard.tsx';
import s from './settings.module.css';
import { Clashes } from './Clashes.tsx';
import { useNames } from './useNames.ts';
import type { Settings } from './useSettings.ts';
import { words as shared } from '../words.ts';

export function SaveSettings({ settings }: { settings: Settings }) {
  const base = useWords(shared);
  const { nameOf, heldOf } = useNames();
  const { problems, elsewhere } = settings;
  const asked = useRef(false);
  const count = Object.keys(settings.draft).length;
  const guard = useLeaveGuard(count > 0);

  // A refusal may be about a setting that is out of sight.
  const first = problems[0];
  useEffect(() => {
    if (!asked.current || settings.busy) return;
    asked.current = false;
    if (first) show(first);
  }, [first, settings.busy]);

  return (
    <>
      {guard}
      {settings.clashes.length > 0 && <Clashes clashes={settings.clashes} nameOf={nameOf} textOf={(key, value) => heldOf(settings.find(key), value)} choose={settings.choose} onClose={settings.settle} />}
      <SaveBar
        count={count}
        where={count <= 3 ? base('unsaved.where', { where: Object.keys(settings.draft).map(nameOf).join('; ') }) : undefined}
        busy={settings.busy}
        problems={
          problems.length > 0 ? (
            <button type="button" className={s.jump} onClick={() => show(problems[0]!)}>
              {base('problem.first', { n: problems.length })}
            </button>
          ) : (
            elsewhere
          )
        }
        save={() => {
          if (settings.typed && first) return show(first);
          asked.current = true;
          void settings.save();
        }}
        discard={settings.discard}
      />
    </>
  );
}

function show(key: string): void {
  const row = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  row?.scrollIntoView({ block: 'center' });
  row?.querySelector<HTMLElement>('input, select, textarea, button')?.focus({ preventScroll: true });
}
