// An empty tenant: three trees to begin with, or a queue of one's own.
import { useQueryClient } from '@tanstack/react-query';
import { useWords } from '../../i18n/index.ts';
import { Button } from '../../parts/index.tsx';
import { adminStyles, FieldError, useAction } from '../parts/index.tsx';
import { useGo } from '../place.ts';
import { useSettings } from '../settings/useSettings.ts';
import { createQueue, queuesKey, type Channel } from './api.ts';
import s from './queues.module.css';
import { words } from './words.ts';

const trees = ['one', 'topics', 'departments'] as const;

export function Start({ channel, onAdd }: { channel: Channel; onAdd: () => void }) {
  const say = useWords(words);
  const go = useGo();
  const cache = useQueryClient();
  const settings = useSettings();
  const make = useAction(async (tree: (typeof trees)[number]) => {
    const [top, ...below] = say(`start.${tree}.queues`).split(', ') as [string, ...string[]];
    const made = await createQueue({ channel, name: top, lang: String(settings.value('default_language') ?? 'en') });
    for (const name of below) await createQueue({ parent_id: made.id, name });
    await cache.invalidateQueries({ queryKey: queuesKey });
    go(`queues/${made.id}`);
  });
  return (
    <div className={s.start}>
      <h2>{say('empty.title')}</h2>
      <p>{say(channel === 'ivr' ? 'empty.text.ivr' : 'empty.text')}</p>
      <ul>
        {trees.map((tree) => {
          const [top, ...below] = say(`start.${tree}.queues`).split(', ');
          return (
            <li key={tree}>
              <h3>{say(`start.${tree}`)}</h3>
              <p>{say(`start.${tree}.about`)}</p>
              <div className={s.startTree} aria-label={say('tree')} role="group">
                <span>{top}</span>
                {below.map((name, i) => (
                  <span key={name}>
                    <b>{i + 1}</b> {name}
                  </span>
                ))}
              </div>
              <Button size="form" aria-disabled={make.busy || undefined} aria-label={say('start.useOf', { name: say(`start.${tree}`) })} onClick={() => void make.run(tree)}>
                {say('start.use')}
              </Button>
            </li>
          );
        })}
      </ul>
      {make.error && <FieldError>{make.error.message}</FieldError>}
      <div className={adminStyles.row}>
        <Button look="quiet" onClick={onAdd}>
          {say('start.own')}
        </Button>
      </div>
    </div>
  );
}
