// Texts that read like a request to stop and wait for a person's word (spec 1.3, tier 3).
import { useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { decideOptOut } from '../../api/client.ts';
import { useWords } from '../../i18n/index.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { notice } from '../../parts/toast.tsx';
import { adminStyles as s, FieldError, Table, useAction } from '../parts/index.tsx';
import { consentKey, type Flag } from './api.ts';
import { words } from './words.ts';

export function FlagList({ flags }: { flags: UseQueryResult<{ total: number; flags: Flag[] }> }) {
  const say = useWords(words);
  const { day, time } = useTimes();
  const cache = useQueryClient();
  const decide = useAction(async (f: Flag, decision: 'confirm' | 'dismiss') => {
    try {
      await decideOptOut(f.chat_id, decision);
      notice(say(decision === 'confirm' ? 'flags.confirmed' : 'flags.dismissed', { number: tel(f.end_user.number) }));
    } finally {
      await cache.invalidateQueries({ queryKey: consentKey });
    }
  });
  const shown = flags.data?.flags.length ?? 0;
  return (
    <>
      {decide.error && <FieldError>{decide.error.message}</FieldError>}
      <Table
        label={say('view.flags')}
        rows={flags.data?.flags}
        rowKey={(f) => f.chat_id}
        error={flags.error}
        retry={() => void flags.refetch()}
        empty={<p>{say('flags.empty')}</p>}
        columns={[
          { id: 'when', head: say('when'), short: true, width: '180px', cell: (f) => `${day(f.at)}, ${time(f.at)}` },
          {
            id: 'who',
            head: say('number'),
            width: '190px',
            cell: (f) => (
              <>
                <span className={s.name}>{f.end_user.name || tel(f.end_user.number)}</span>
                {f.end_user.name && (
                  <>
                    <br />
                    <small>{tel(f.end_user.number)}</small>
                  </>
                )}
              </>
            ),
          },
          { id: 'text', head: say('flags.text'), cell: (f) => f.text },
          { id: 'chat', head: say('flags.chat'), width: '200px', cell: (f) => <small>{[f.queue, f.agent, f.ended && say('flags.ended')].filter(Boolean).join(' · ')}</small> },
          {
            id: 'act',
            head: '',
            name: say('flags.confirm'),
            align: 'end',
            width: '240px',
            cell: (f) => (
              <span className={`${s.row} ${s.rowActions}`}>
                <Button aria-disabled={decide.busy || undefined} onClick={() => void decide.run(f, 'dismiss')}>
                  {say('flags.dismiss')}
                </Button>
                <Button aria-disabled={decide.busy || undefined} onClick={() => void decide.run(f, 'confirm')}>
                  {say('flags.confirm')}
                </Button>
              </span>
            ),
          },
        ]}
      />
      {flags.data && flags.data.total > shown && <p className={s.more}>{say('flags.of', { shown, n: flags.data.total })}</p>}
    </>
  );
}
