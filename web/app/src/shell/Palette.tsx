// Mod+K: chats by name or number, and every command that means something on this page.
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useId, useState, type KeyboardEvent } from 'react';
import { flushSync } from 'react-dom';
import { listShortcuts } from '../api/calls.ts';
import { queryKeys } from '../api/keys.ts';
import { insertText } from '../desk/insert.ts';
import { wanted } from '../desk/order.ts';
import { matching } from '../desk/suggest.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/keyWords.ts';
import { binding, bindings, combosOf } from '../keys/registry.ts';
import { run, useBound } from '../keys/useKey.ts';
import { Avatar, Kbd } from '../parts/index.tsx';
import { Modal } from '../parts/modal.tsx';
import { useUi } from '../ui.ts';
import { useItems } from './chats.ts';
import { useDesk } from './live.tsx';
import s from './shell.module.css';

const groups = ['chats', 'shortcuts', 'commands'] as const;
type Group = (typeof groups)[number];

interface Entry {
  id: string;
  group: Group;
  name: string;
  find: string;
  mark: React.ReactNode;
  go: () => void;
}

export default function Palette() {
  const t = useT();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const listId = useId();
  const entries = useEntries().filter((e) => matches(e.find, query));
  const current = entries[Math.min(at, entries.length - 1)];

  const close = () => useUi.setState({ paletteOpen: false });
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    flushSync(close); // which gives the focus back
    entry.go();
  };
  const move = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step !== undefined && entries.length > 0) {
      e.preventDefault();
      setAt((Math.min(at, entries.length - 1) + step + entries.length) % entries.length);
    }
    if (e.key === 'Enter') {
      e.preventDefault();
      choose(current);
    }
  };

  return (
    <Modal opened onClose={close} withCloseButton={false} size={560} aria-label={t('keys.commands')} styles={{ body: { padding: 0 } }}>
      <input
        className={s.paletteInput}
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={current && `${listId}-${current.id}`}
        aria-label={t('keys.commands')}
        placeholder={t('palette.placeholder')}
        value={query}
        onChange={(e) => {
          setQuery(e.target.value);
          setAt(0);
        }}
        onKeyDown={move}
      />
      <div className={s.paletteList} role="listbox" id={listId} aria-label={t('keys.commands')} tabIndex={-1}>
        {groups.map((group) => {
          const inGroup = entries.filter((e) => e.group === group);
          return (
            inGroup.length > 0 && (
              <div key={group} role="group" aria-label={t(`palette.${group}`)}>
                <p className={s.paletteGroup} aria-hidden>
                  {t(`palette.${group}`)}
                </p>
                {inGroup.map((e) => (
                  <div
                    key={e.id}
                    id={`${listId}-${e.id}`}
                    role="option"
                    aria-selected={e === current}
                    className={s.paletteRow}
                    onPointerMove={() => setAt(entries.indexOf(e))}
                    onClick={() => choose(e)}
                  >
                    {e.mark}
                  </div>
                ))}
              </div>
            )
          );
        })}
        {entries.length === 0 && <p className={s.note}>{t('palette.none', { query })}</p>}
      </div>
    </Modal>
  );
}

function useEntries(): Entry[] {
  const t = useT();
  const navigate = useNavigate();
  const items = useItems();
  const chats = wanted(items).map(({ id }): Entry => {
    const i = items.find((x) => x.id === id)!;
    return {
      id: `chat${i.id}`,
      group: 'chats',
      name: i.name,
      find: `${i.name} ${i.chat.end_user.number} ${i.chat.queue?.path ?? ''} ${i.id}`,
      mark: (
        <>
          <Avatar name={i.chat.end_user.name} size="s" />
          <span>{i.name}</span>
          <small>{i.chat.queue?.path}</small>
        </>
      ),
      go: () => void navigate({ to: '/desk/$chat', params: { chat: i.id } }),
    };
  });
  const commands = useBound()
    .filter((id) => binding(id).command)
    .map((id): Entry => {
      const name = t(bindings[id].label);
      return {
        id,
        group: 'commands',
        name,
        find: name,
        mark: (
          <>
            <span>{name}</span>
            {combosOf(id)[0] && <Kbd combo={combosOf(id)[0]} />}
          </>
        ),
        go: () => run(id),
      };
    });
  return [...chats, ...useShortcuts(), ...commands];
}

// useShortcuts lists those of the open chat: choosing one writes it where the caret is.
function useShortcuts(): Entry[] {
  const open = useRouterState({ select: (r) => /^\/desk\/(\d+)/.exec(r.location.pathname)?.[1] });
  const chat = Number(open ?? 0);
  const lang = useDesk()?.chats[chat]?.lang ?? '';
  const { data } = useQuery({ queryKey: queryKeys.shortcuts(chat), queryFn: () => listShortcuts({ chat_id: chat }), enabled: chat > 0, staleTime: 60_000 });
  return matching(data?.shortcuts ?? [], '', lang).map(
    (x): Entry => ({
      id: `shortcut${x.id}`,
      group: 'shortcuts',
      name: x.keyword,
      find: `/${x.keyword} ${x.category} ${x.ready?.text ?? x.text}`,
      mark: (
        <>
          <span>/{x.keyword}</span>
          <small className={s.paletteText} lang={x.lang}>
            {x.ready?.text ?? x.text}
          </small>
        </>
      ),
      go: () => insertText(x.ready?.text ?? x.text, x.id),
    }),
  );
}

function matches(text: string, query: string): boolean {
  const flat = (x: string) => x.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const hay = flat(text);
  const digits = text.replace(/\D/g, '');
  return flat(query)
    .split(/\s+/)
    .every((word) => hay.includes(word) || (/^[\d()+-]+$/.test(word) && digits.includes(word.replace(/\D/g, ''))));
}
