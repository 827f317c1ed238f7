// What a supervisor does with somebody's chat: each asks once before it happens.
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouteContext } from '@tanstack/react-router';
import { useState } from 'react';
import { create } from 'zustand';
import { Confirm, Dialog, SelectField, TextArea, useAction } from '../admin/parts/index.tsx';
import { client, data } from '../api/client.ts';
import { useWords } from '../i18n/index.ts';
import { tel } from '../parts/tel.ts';
import { notice } from '../parts/toast.tsx';
import { useConnected } from '../shell/live.tsx';
import { may } from '../shell/pages.ts';
import type { BoardChat } from './board.ts';
import { words } from './words.ts';

type Asked = 'take' | 'transfer' | 'end';
type About = Pick<BoardChat, 'chat_id' | 'end_user' | 'agent'>;

interface State {
  asked?: { what: Asked; chat: About };
  ask: (what: Asked, chat: About) => void;
}

export const useDialogs = create<State>((set) => ({ ask: (what, chat) => set({ asked: { what, chat } }) }));

const close = () => useDialogs.setState({ asked: undefined });

export function Dialogs() {
  const asked = useDialogs((d) => d.asked);
  if (!asked) return null;
  const { what, chat } = asked;
  if (what === 'take') return <TakeOver chat={chat} />;
  return what === 'end' ? <End chat={chat} /> : <TransferTo chat={chat} />;
}

function useAsk(type: string, chat: About, done: () => void) {
  const live = useConnected()?.live;
  return useAction(async (data?: unknown) => {
    await live?.request(type, chat.chat_id, data);
    close();
    done();
  });
}

function TakeOver({ chat }: { chat: About }) {
  const say = useWords(words);
  const navigate = useNavigate();
  const { session } = useRouteContext({ from: '/shell' });
  const take = useAsk('take_over', chat, () => {
    notice(say('act.taken'));
    if (may(session, 'desk')) void navigate({ to: '/desk/$chat', params: { chat: chat.chat_id } });
  });
  return <Confirm title={say('take.title')} text={say('take.text', { agent: chat.agent?.name ?? '' })} label={say('act.takeOver')} busy={take.busy} problem={take.error?.message} onClose={close} run={() => void take.run()} />;
}

function End({ chat }: { chat: About }) {
  const say = useWords(words);
  const end = useAsk('end', chat, () => notice(say('act.ended')));
  return <Confirm title={say('end.title')} text={say('end.text', { name: chat.end_user.name || tel(chat.end_user.number) })} label={say('act.end')} busy={end.busy} problem={end.error?.message} onClose={close} run={() => void end.run()} />;
}

function TransferTo({ chat }: { chat: About }) {
  const say = useWords(words);
  const [to, setTo] = useState('');
  const [note, setNote] = useState('');
  const targets = useQuery({
    queryKey: ['transfer-targets', chat.chat_id],
    queryFn: () => data(client.GET('/chats/{chat_id}/transfer-targets', { params: { path: { chat_id: chat.chat_id } } })),
    staleTime: 0,
  });
  const transfer = useAsk('transfer', chat, () => notice(say('act.transferred')));
  const options = [
    { value: '', label: say('transfer.choose') },
    ...[...(targets.data?.queues ?? [])]
      .sort((a, b) => Number(b.open) - Number(a.open)) // as on the desk: closed ones come last and say so
      .map((q) => ({ value: `q${q.id}`, label: q.open ? q.path : say('transfer.closedQueue', { queue: q.path }) })),
    ...(targets.data?.agents ?? []).filter((a) => a.takes && a.id !== chat.agent?.id).map((a) => ({ value: `a${a.id}`, label: a.name })),
  ];
  const run = () => void transfer.run({ [to[0] === 'q' ? 'to_queue_id' : 'to_agent_id']: Number(to.slice(1)), ...(note.trim() && { note: note.trim() }) });
  return (
    <Dialog title={say('transfer.title')} onClose={close} problem={transfer.error?.message ?? targets.error?.message} submit={{ label: say('act.transfer'), busy: transfer.busy, disabled: to === '', run }}>
      <SelectField label={say('transfer.to')} value={to} options={options} onChange={setTo} />
      <TextArea label={say('transfer.note')} optional value={note} onChange={setNote} maxLength={500} />
    </Dialog>
  );
}
