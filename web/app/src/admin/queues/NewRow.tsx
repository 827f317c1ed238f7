// A new queue, written where it will stand: Enter makes it and begins the next, Tab and Shift+Tab change its level, Esc leaves.
import { useQueryClient } from '@tanstack/react-query';
import { useState, type KeyboardEvent } from 'react';
import { useWords } from '../../i18n/index.ts';
import { FieldError, useAction } from '../parts/index.tsx';
import { useSettings } from '../settings/useSettings.ts';
import { createQueue, queuesKey, type Channel, type Queue } from './api.ts';
import s from './queues.module.css';
import { nested, siblings, unnested, type Slot } from './tree.ts';
import { words } from './words.ts';

interface Props {
  all: readonly Queue[];
  channel: Channel;
  slot: Slot;
  depth: number;
  onSlot: (slot: Slot) => void;
  onClose: (focus: number | undefined) => void;
}

export function NewRow({ all, channel, slot, depth, onSlot, onClose }: Props) {
  const say = useWords(words);
  const cache = useQueryClient();
  const settings = useSettings();
  const [name, setName] = useState('');
  const leave = () => onClose(slot.after ?? slot.parent);
  const add = useAction(async () => {
    const { parent, after } = slot;
    const position = after === undefined ? 0 : siblings(all, parent, channel).findIndex((q) => q.id === after) + 1;
    const made = await createQueue({ name: name.trim(), position, ...(parent === undefined ? { channel, lang: String(settings.value('default_language') ?? 'en') } : { parent_id: parent }) });
    await cache.invalidateQueries({ queryKey: queuesKey });
    await cache.invalidateQueries({ queryKey: ['admin', 'preview'] });
    setName('');
    onSlot({ parent, after: made.id });
  });
  const press = (e: KeyboardEvent) => {
    e.stopPropagation(); // the tree's own keys
    if (add.busy) return e.preventDefault();
    if (e.key === 'Tab') {
      const to = e.shiftKey ? unnested(all, slot) : nested(all, channel, slot);
      if (!to) return; // no level to go to: the key leads on, as ever
      e.preventDefault();
      onSlot(to);
    }
    if (e.key === 'Escape' || (e.key === 'Enter' && !name.trim())) {
      e.preventDefault();
      leave();
    } else if (e.key === 'Enter') {
      e.preventDefault();
      void add.run();
    }
  };
  return (
    <li role="treeitem" aria-level={depth + 1} aria-selected={false} className={s.newRow} style={{ paddingLeft: depth === 0 ? 10 : 26 + (depth - 1) * 20 }}>
      <input
        autoFocus
        aria-label={say('new.name')}
        aria-description={say('new.keys')}
        aria-invalid={add.error ? true : undefined}
        placeholder={say('new.name')}
        value={name}
        readOnly={add.busy}
        onChange={(e) => (add.clear(), setName(e.target.value))}
        onKeyDown={press}
        onBlur={() => !name.trim() && !add.busy && onClose(undefined)}
      />
      {add.error ? <FieldError>{add.error.message}</FieldError> : <small>{say('new.keys')}</small>}
    </li>
  );
}
