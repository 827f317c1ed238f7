// What moves a whole queue: to another place, to another channel, away.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { notice } from '../../parts/toast.tsx';
import { Check, Dialog, SelectField, useAction } from '../parts/index.tsx';
import { useGo } from '../place.ts';
import { copyQueue, deleteQueue, moveQueue, type Channel, type Queue } from './api.ts';
import { within } from './tree.ts';
import { words } from './words.ts';

interface Props {
  queue: Queue;
  all: readonly Queue[];
  onClose: () => void;
}

// every list of the administration may have changed
function useFresh() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: ['admin'] });
}

export function MoveQueue({ queue, all, onClose }: Props) {
  const say = useWords(words);
  const fresh = useFresh();
  const mine = within(all, queue.id);
  const [parent, setParent] = useState(String(queue.parent_id ?? ''));
  const move = useAction(async () => {
    await moveQueue(queue.id, parent ? { parent_id: Number(parent) } : {});
    await fresh();
    onClose();
  });
  return (
    <Dialog title={say('place.title', { name: queue.name })} onClose={onClose} problem={move.elsewhere('parent_id')} submit={{ label: say('place.act'), busy: move.busy, run: () => void move.run() }}>
      <SelectField label={say('place.under')} value={parent} error={move.at('parent_id')} options={[{ value: '', label: say('add.top') }, ...all.filter((q) => q.channel === queue.channel && !mine.has(q.id)).map((q) => ({ value: String(q.id), label: q.path }))]} onChange={setParent} />
    </Dialog>
  );
}

export function CopyQueue({ queue, all, onClose }: Props) {
  const say = useWords(words);
  const go = useGo();
  const fresh = useFresh();
  const [channel, setChannel] = useState<Channel>(queue.channel === 'sms' ? 'ivr' : 'sms');
  const [parent, setParent] = useState('');
  const [agents, setAgents] = useState(true);
  const copy = useAction(async () => {
    const made = await copyQueue(queue.id, { channel, copy_agents: agents, ...(parent && { parent_id: Number(parent) }) });
    await fresh();
    notice(say('copied', { path: made.path }));
    onClose();
    go(`queues/${made.id}`);
  });
  return (
    <Dialog title={say('copy.title', { name: queue.name })} onClose={onClose} problem={copy.elsewhere('parent_id', 'channel')} submit={{ label: say('copy.act'), busy: copy.busy, run: () => void copy.run() }}>
      <p>{say('copy.text')}</p>
      <SelectField
        label={say('copy.to')}
        value={channel}
        error={copy.at('channel')}
        options={(['sms', 'ivr'] as const).map((value) => ({ value, label: say(`channel.${value}`) }))}
        onChange={(c) => {
          setChannel(c);
          setParent('');
        }}
      />
      <SelectField label={say('add.under')} value={parent} error={copy.at('parent_id')} options={[{ value: '', label: say('add.top') }, ...all.filter((q) => q.channel === channel).map((q) => ({ value: String(q.id), label: q.path }))]} onChange={setParent} />
      <Check label={say('copy.agents')} on={agents} onChange={setAgents} />
    </Dialog>
  );
}

export function DeleteQueue({ queue, all, onClose }: Props) {
  const say = useWords(words);
  const go = useGo();
  const fresh = useFresh();
  const mine = within(all, queue.id);
  const chats = all.filter((q) => mine.has(q.id)).reduce((sum, q) => sum + q.waiting + q.assigned, 0);
  const [substitute, setSubstitute] = useState('');
  const [numbers, setNumbers] = useState<'unassign' | 'substitute'>('unassign');
  const remove = useAction(async () => {
    await deleteQueue(queue.id, { numbers: substitute ? numbers : 'unassign', ...(substitute && { substitute_id: Number(substitute) }) });
    onClose();
    go('queues', queue.channel === 'ivr' ? { channel: 'ivr' } : {});
    await fresh();
    notice(say('deleted', { name: queue.name }));
  });
  return (
    <Dialog title={say('delete.title', { name: queue.name })} onClose={onClose} problem={remove.elsewhere('substitute_id', 'numbers')} submit={{ label: say('delete'), busy: remove.busy, danger: true, run: () => void remove.run() }}>
      <p>{say('delete.text')}</p>
      {chats > 0 && (
        <p>
          <strong>{say('delete.chats', { n: chats })}</strong>
        </p>
      )}
      <SelectField label={say('delete.substitute')} value={substitute} error={remove.at('substitute_id')} options={[{ value: '', label: say('delete.end') }, ...all.filter((q) => q.leaf && q.channel === queue.channel && !mine.has(q.id)).map((q) => ({ value: String(q.id), label: q.path }))]} onChange={setSubstitute} />
      <SelectField label={say('delete.numbers')} value={substitute ? numbers : 'unassign'} error={remove.at('numbers')} options={(substitute ? (['unassign', 'substitute'] as const) : (['unassign'] as const)).map((value) => ({ value, label: say(`delete.numbers.${value}`) }))} onChange={setNumbers} />
    </Dialog>
  );
}
