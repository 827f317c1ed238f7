// The agent's own status: what it is and since when, what it could be, and what befell them.
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, UserRoundX } from 'lucide-react';
import { useState } from 'react';
import { getStatuses } from '../api/calls.ts';
import { queryKeys } from '../api/keys.ts';
import { useLink } from '../api/link.ts';
import { has, useT, type Key } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { clock, useNow, useTimes } from '../parts/clock.ts';
import { Button, Dot, type Tone } from '../parts/index.tsx';
import { Menu, MenuLabel, MenuRadios } from '../parts/menu.tsx';
import { notice } from '../parts/toast.tsx';
import { askToNotify } from './alerts.ts';
import { useConnected, useDesk } from './live.tsx';
import s from './shell.module.css';

// What every tenant has, until the server has said what this one has.
const usual = ['available', 'unavailable', 'break', 'meal', 'wrap_up', 'offline'];

function tone(status: string): Tone | undefined {
  if (status === 'available') return 'ok';
  if (status === 'offline') return undefined;
  return befell(status) ? 'bad' : 'warn';
}

// befell tells a status that nobody chooses: offers were missed, or the desk was away.
export function befell(status: string | undefined): boolean {
  return status === 'missed_chat' || status === 'unresponsive';
}

// statusWord is a status in the reader's language; the tenant's own are written as the tenant wrote them.
export function statusWord(t: (key: Key) => string, status: string): string {
  const key = `status.${status}`;
  return has(key) ? t(key) : status;
}

export function useSetStatus(): (status: string) => void {
  const connected = useConnected();
  const t = useT();
  return (status) => {
    if (status === 'available') askToNotify();
    connected?.live.setStatus(status).catch(() => notice(t('status.failed')));
  };
}

export function StatusMenu() {
  const t = useT();
  const now = useNow();
  const { time } = useTimes();
  const desk = useDesk();
  const away = useLink((l) => l.phase !== 'live');
  const set = useSetStatus();
  const [open, setOpen] = useState(false);
  const choices = useQuery({ queryKey: queryKeys.statuses, queryFn: getStatuses, enabled: open, staleTime: 60_000 }).data?.choices ?? usual;
  useKey('status', () => setOpen(true), desk !== undefined && !away);
  useKey('goAvailable', () => set('available'), desk !== undefined && !away && desk.status !== 'available');
  if (!desk) return null;
  const word = away ? t('status.not_receiving') : statusWord(t, desk.status);
  return (
    <Menu
      opened={open}
      onChange={setOpen}
      button={
        <button type="button" className={s.status} aria-keyshortcuts={aria('status')}>
          <span data-hidden>{t('status.label')}: </span>
          <Dot tone={away ? 'warn' : tone(desk.status)} />
          <span className={s.statusWord}>{word}</span>
          {!away && (
            <span className={s.statusTime} aria-hidden>
              {clock(now - desk.statusSince)}
            </span>
          )}
          <ChevronDown aria-hidden />
        </button>
      }
    >
      <MenuLabel>{t('status.since', { status: statusWord(t, desk.status), time: time(desk.statusSince) })}</MenuLabel>
      <MenuRadios
        label={t('status.label')}
        value={desk.status}
        onChange={set}
        disabled={away}
        closes
        options={choices.map((c) => ({
          value: c,
          label: (
            <span className={s.choice}>
              <Dot tone={tone(c)} />
              {statusWord(t, c)}
            </span>
          ),
        }))}
      />
    </Menu>
  );
}

// StatusBanner says that no chats come any more though nobody chose that, and takes it back with one press.
export function StatusBanner() {
  const t = useT();
  const desk = useDesk();
  const live = useLink((l) => l.phase === 'live');
  const set = useSetStatus();
  const { time } = useTimes();
  if (!desk || !live || !befell(desk.status)) return null;
  const missed = desk.status === 'missed_chat';
  return (
    <div className={s.banner} data-tone="bad" role="status">
      <UserRoundX aria-hidden />
      <p>
        <strong>{t(missed ? 'status.missed.title' : 'status.absent.title', { time: time(desk.statusSince) })}</strong> {t(missed ? 'status.missed.text' : 'status.absent.text')}
      </p>
      <Button keyId="goAvailable" onClick={() => set('available')}>
        {t('status.goAvailable')}
      </Button>
    </div>
  );
}
