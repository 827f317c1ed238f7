// Wrapping a chat up that has ended: what it was about, and a note; Enter is enough (spec 6, 4.1).
import { useNavigate } from '@tanstack/react-router';
import { Timer } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useLink } from '../api/link.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { clock, useNow } from '../parts/clock.ts';
import { Button } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import type { Item } from '../shell/chats.ts';
import { useConnected, useDesk } from '../shell/live.tsx';
import { clear, useDrafts, write } from './drafts.ts';
import { goes, keepFocus } from './focus.ts';
import s from './wrapUp.module.css';

const longestNote = 1000;

// noteOf is where the note is kept while it is written: a draft like any other, beside the chat's own.
const noteOf = (chat: number) => -chat;

// What was chosen and not yet sent outlives a look at another chat.
const chosen = new Map<number, string>();

export default function WrapUp({ item }: { item: Item }) {
  return useDrafts((d) => d.loaded) ? <Form key={item.id} item={item} /> : null;
}

function Form({ item }: { item: Item }) {
  const t = useT();
  const { id } = item;
  const asked = item.chat.closed!.wrap_up!;
  const connected = useConnected();
  const navigate = useNavigate();
  const away = useLink((l) => l.phase !== 'live');
  const left = useLeft(asked.until);
  const [disposition, choose] = useState(chosen.get(id) ?? '');
  const [note, setNote] = useState(useDrafts.getState().byChat.get(noteOf(id))?.text ?? '');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const over = [...note].length - longestNote;

  useEffect(() => {
    keepFocus(form.current!.querySelector('input, textarea'));
  }, []);

  const save = async () => {
    if (busy || away || !connected || over > 0) return;
    if (asked.dispositions.length > 0 && disposition === '') {
      setProblem(t('wrapUp.choose'));
      form.current!.querySelector<HTMLElement>('input')?.focus();
      return;
    }
    setBusy(true);
    try {
      await connected.live.wrapUp(id, disposition, note);
      chosen.delete(id);
      clear(connected.shelf, noteOf(id));
      goes(id);
      await navigate({ to: '/desk' });
    } catch (e) {
      setProblem((e as Error).message);
      setBusy(false);
    }
  };

  return (
    <form
      ref={form}
      className={s.form}
      aria-label={t('wrapUp.title', { name: item.name })}
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <header>
        <h3>{t('desk.wrapUp')}</h3>
        <span className={s.left}>
          <Timer aria-hidden />
          {t('wrapUp.left', { left: clock(left) })}
        </span>
      </header>
      {asked.dispositions.length > 0 && (
        <fieldset aria-describedby={problem ? 'wrap-problem' : undefined}>
          <legend>{t('wrapUp.about')}</legend>
          <div className={s.chips}>
            {asked.dispositions.map((d) => (
              <label key={d} className={s.chip} data-checked={d === disposition || undefined}>
                <input
                  type="radio"
                  name={`wrap-${id}`}
                  checked={d === disposition}
                  onChange={() => {
                    chosen.set(id, d);
                    choose(d);
                    setProblem('');
                  }}
                  onKeyDown={(e) => {
                    if (e.key !== 'Enter') return;
                    e.preventDefault();
                    void save();
                  }}
                />
                {d}
              </label>
            ))}
          </div>
        </fieldset>
      )}
      <div className={s.write}>
        <textarea
          rows={2}
          aria-label={t('wrapUp.note')}
          placeholder={t('wrapUp.noteHint')}
          aria-invalid={over > 0 || undefined}
          value={note}
          onChange={(e) => {
            setNote(e.target.value);
            if (connected) write(connected.shelf, noteOf(id), { text: e.target.value, caret: e.target.value.length });
          }}
          onKeyDown={(e) => {
            if (e.key === 'Escape') e.currentTarget.blur();
            if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing) return;
            e.preventDefault();
            void save();
          }}
        />
        <Button type="submit" look="primary" size="form" disabled={busy || away || over > 0}>
          {t(busy ? 'wrapUp.saving' : 'wrapUp.finish')}
        </Button>
      </div>
      <p className={s.problem} id="wrap-problem" role="alert">
        {over > 0 ? t('transfer.noteLong', { n: over, limit: longestNote }) : problem}
      </p>
    </form>
  );
}

// useLeft is how long there is time, by the server's clock.
function useLeft(until: string): number {
  const now = useNow();
  const offset = useDesk()?.offset ?? 0;
  return Math.max(0, Date.parse(until) - offset - now);
}

// WrapUps lets go of what nobody wrapped up in time. What was chosen or written until then is kept.
export function WrapUps({ items }: { items: readonly Item[] }) {
  return items.map((item) => item.chat.closed?.wrap_up && <Ending key={item.id} chat={item.id} until={item.chat.closed.wrap_up.until} />);
}

function Ending({ chat, until }: { chat: number; until: string }) {
  const t = useT();
  const connected = useConnected();
  const over = useLeft(until) === 0;
  useEffect(() => {
    if (!over || !connected) return;
    const { live, shelf } = connected;
    const note = useDrafts.getState().byChat.get(noteOf(chat))?.text ?? '';
    const disposition = chosen.get(chat) ?? '';
    live.wrapUpOver(chat);
    if (note.trim() === '' && disposition === '') return;
    chosen.delete(chat);
    live.wrapUp(chat, disposition, note).then(
      () => clear(shelf, noteOf(chat)),
      (e: Error) => notice(t('wrapUp.failed', { why: e.message })),
    );
  }, [over, chat, connected, t]);
  return null;
}
