// The resume history of a chat: who had it when, how it was laid aside, taken back and passed on (spec 6, 4.1).
import { useT, type T } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { age, useNow, useTimes } from '../parts/clock.ts';
import { Modal } from '../parts/modal.tsx';
import type { Item } from '../shell/chats.ts';
import { useDesk, useLog } from '../shell/live.tsx';
import { useUi } from '../ui.ts';
import s from './history.module.css';
import { eventText } from './Transcript.tsx';
import { changedHands, turnsOf, type Turn } from './turns.ts';

export default function Turns({ item }: { item: Item }) {
  const t = useT();
  const desk = useDesk();
  const now = useNow() + (desk?.offset ?? 0);
  const { day, time } = useTimes();
  const { rows } = useLog(item.id);
  const turns = turnsOf(rows);
  const when = (at: string, before?: string) => (before ? day(at) === day(before) : day(at) === day(now)) ? time(at) : `${day(at)}, ${time(at)}`;
  const span = (x: Turn) => {
    const from = when(x.at);
    if (!x.until) return x.kind === 'ended' ? from : t('turns.since', { from });
    const to = when(x.until, x.at);
    return time(x.at) === time(x.until) && to === time(x.until) ? from : t('turns.span', { from, to });
  };
  const lasted = (x: Turn) => x.kind !== 'ended' && age((x.until ? Date.parse(x.until) : now) - Date.parse(x.at));
  const says = (x: Turn) => x.marks.filter((r) => r.seq !== x.seq || x.kind === 'agent').map((r) => ({ seq: r.seq, at: r.at, text: eventText(t, r.event, r.seq, rows, item, desk?.agent.id) }));
  return (
    <Modal opened onClose={() => useUi.setState({ turnsOpen: false })} title={t('chat.turns')} size={560} closeButtonProps={{ 'aria-label': t('app.close') }}>
      {!changedHands(turns) && <p className={s.head}>{t('turns.never')}</p>}
      <ol className={`${s.steps} ${s.turns}`} tabIndex={0} aria-label={t('chat.turns')}>
        {turns.map((x) => (
          <li key={x.seq}>
            <strong>{x.kind === 'ended' ? eventText(t, x.marks.at(-1)!.event, x.seq, rows, item, desk?.agent.id) : title(t, x, desk?.agent.id)}</strong>
            <span>{[span(x), lasted(x)].filter(Boolean).join(' · ')}</span>
            {x.again && <p>{t('turns.again')}</p>}
            {says(x).map((line) => line.text && <p key={line.seq}>{line.text}</p>)}
          </li>
        ))}
      </ol>
    </Modal>
  );
}

function title(t: T, x: Turn, me: number | undefined): string {
  if (x.kind === 'agent') return x.who?.id === me ? t('chat.you') : (x.who?.name ?? '');
  if (x.kind === 'queue') return x.queue ? t('turns.queue', { queue: x.queue.path }) : t('turns.waits');
  if (x.kind === 'aside') return x.who ? t('turns.asideBy', { name: x.who.id === me ? t('chat.you') : x.who.name }) : t('chat.laidAside');
  return t('turns.menu');
}
