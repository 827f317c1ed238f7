// One user: their name, what they may do, and how they get in.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button } from '../../parts/index.tsx';
import { notice } from '../../parts/toast.tsx';
import { Choices } from '../parts/Choices.tsx';
import { Copy } from '../parts/Copy.tsx';
import { adminStyles as s, Confirm, Dialog, TextField, useAction } from '../parts/index.tsx';
import { useShared } from '../parts/useShared.tsx';
import { listTeams, teamsKey } from '../teams/api.ts';
import { changeUser, createUser, disableUser, getUser, resetPassword, signUserOut, unlinkUser, usersKey, type Password, type Person, type Role, type UserInput } from './api.ts';
import { words } from './words.ts';

const fields = ['name', 'email', 'roles', 'chat_limit', 'team_ids'] as const;
const roles: readonly Role[] = ['agent', 'manager', 'admin', 'developer'];

interface Draft {
  name: string;
  email: string;
  roles: Role[];
  limit: string;
  team_ids: number[];
}

const fresh: Draft = { name: '', email: '', roles: ['agent'], limit: '', team_ids: [] };

const draftOf = (of: Person): Draft => ({ name: of.name, email: of.email, roles: roles.filter((r) => of.roles.includes(r)), limit: String(of.chat_limit ?? ''), team_ids: of.team_ids.toSorted((a, b) => a - b) });

function input(d: Draft): UserInput {
  return { name: d.name, email: d.email, roles: d.roles, chat_limit: d.limit.trim() === '' ? null : Number(d.limit), team_ids: d.team_ids };
}

export function NewUser({ onClose }: { onClose: () => void }) {
  const say = useWords(words);
  const cache = useQueryClient();
  const [draft, setDraft] = useState(fresh);
  const [made, setMade] = useState<Password>();
  const create = useAction(async () => {
    setMade(await createUser(input(draft)));
    await cache.invalidateQueries({ queryKey: usersKey });
  });
  if (made) return <Given title={say('created', { name: draft.name })} name={draft.name} password={made} onClose={onClose} />;
  return (
    <Dialog wide title={say('add')} onClose={onClose} problem={create.elsewhere(...fields)} submit={{ label: say('create'), busy: create.busy, run: () => void create.run() }}>
      <Form draft={draft} onChange={setDraft} at={create.at} />
    </Dialog>
  );
}

export function EditUser({ id, onClose }: { id: number; onClose: () => void }) {
  const say = useWords(words);
  const user = useQuery({ queryKey: [...usersKey, 'one', id], queryFn: () => getUser(id), enabled: Number.isSafeInteger(id), gcTime: 0 });
  if (user.data) return <Edit user={user.data} onClose={onClose} />;
  if (!user.error && Number.isSafeInteger(id)) return null;
  return (
    <Dialog title={say('gone')} onClose={onClose}>
      <p>{user.error?.message ?? say('gone')}</p>
    </Dialog>
  );
}

function Edit({ user, onClose }: { user: Person; onClose: () => void }) {
  const say = useWords(words);
  const cache = useQueryClient();
  const teams = useQuery({ queryKey: teamsKey, queryFn: listTeams });
  const { draft, set, settled, clashes } = useShared(draftOf(user), async () => draftOf(await getUser(user.id)), {
    nameOf: (key) => say(key === 'team_ids' ? 'teams' : key),
    textOf: (key, value) => {
      if (key === 'roles') return (value as Role[]).map((r) => say(`role.${r}`)).join(', ') || '–';
      if (key === 'team_ids') return teams.data?.filter((t) => (value as number[]).includes(t.id)).map((t) => t.name).join(', ') || '–';
      return String(value) || (key === 'limit' ? say('limit.default') : '–');
    },
  });
  const [ask, setAsk] = useState<'reset' | 'disable' | 'unlink' | 'out'>();
  const [given, setGiven] = useState<Password>();
  const changed = () => cache.invalidateQueries({ queryKey: usersKey });
  const save = useAction(async () => {
    const next = await settled();
    if (!next) return;
    await changeUser(user.id, input(next));
    await changed();
    notice(say('saved', { name: next.name }));
    onClose();
  });
  const reset = useAction(async () => setGiven(await resetPassword(user.id)));
  const disable = useAction(async (off: boolean) => {
    await disableUser(user.id, off);
    await changed();
    notice(say(off ? 'disable.done' : 'enable.done', { name: user.name }));
    onClose();
  });
  const unlink = useAction(async () => {
    await unlinkUser(user.id);
    await changed();
    notice(say('unlink.done', { name: user.name }));
    onClose();
  });
  const out = useAction(async () => {
    await signUserOut(user.id);
    notice(say('out.done', { name: user.name }));
    onClose();
  });
  if (given) return <Given title={say('password')} name={user.name} password={given} onClose={onClose} />;
  if (ask === 'reset') {
    return <Confirm title={say('reset.title', { name: user.name })} text={say('reset.text')} label={say('reset')} busy={reset.busy} problem={reset.error?.message} onClose={() => setAsk(undefined)} run={() => void reset.run()} />;
  }
  if (ask === 'out') {
    return <Confirm title={say('out.title', { name: user.name })} text={say('out.text')} label={say('out')} busy={out.busy} problem={out.error?.message} onClose={() => setAsk(undefined)} run={() => void out.run()} />;
  }
  if (ask === 'unlink') {
    return <Confirm title={say('unlink.title', { name: user.name })} text={say('unlink.text')} label={say('unlink')} busy={unlink.busy} problem={unlink.error?.message} onClose={() => setAsk(undefined)} run={() => void unlink.run()} />;
  }
  if (ask === 'disable') {
    return <Confirm title={say('disable.title', { name: user.name })} text={say('disable.text')} label={say('disable')} busy={disable.busy} problem={disable.error?.message} onClose={() => setAsk(undefined)} run={() => void disable.run(true)} />;
  }
  if (clashes) return clashes;
  return (
    <Dialog wide title={say('edit', { name: user.name })} onClose={onClose} problem={save.elsewhere(...fields) ?? disable.error?.message} submit={{ label: say('saved.act'), busy: save.busy, run: () => void save.run() }}>
      <Form draft={draft} onChange={set} at={save.at} />
      <div className={s.row}>
        <Button onClick={() => setAsk('reset')}>{say('reset')}</Button>
        {user.disabled ? <Button onClick={() => void disable.run(false)}>{say('enable')}</Button> : <Button onClick={() => setAsk('disable')}>{say('disable')}</Button>}
        {!user.disabled && <Button onClick={() => setAsk('out')}>{say('out')}</Button>}
        {user.linked && <Button onClick={() => setAsk('unlink')}>{say('unlink')}</Button>}
      </div>
    </Dialog>
  );
}

function Form({ draft, onChange, at }: { draft: Draft; onChange: (draft: Draft) => void; at: (field: string) => string | undefined }) {
  const say = useWords(words);
  const teams = useQuery({ queryKey: teamsKey, queryFn: listTeams });
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  return (
    <>
      <div className={s.columns}>
        <TextField label={say('name')} value={draft.name} onChange={(name) => set({ name })} error={at('name')} autoComplete="off" data-autofocus />
        <TextField label={say('email')} value={draft.email} onChange={(email) => set({ email })} error={at('email')} type="email" autoComplete="off" />
      </div>
      <Choices label={say('roles')} options={roles.map((r) => ({ value: r, label: say(`role.${r}`), hint: say(`may.${r}`) }))} value={draft.roles} onChange={(chosen) => set({ roles: roles.filter((r) => chosen.includes(r)) })} error={at('roles')} />
      <Choices label={say('teams')} options={(teams.data ?? []).map((t) => ({ value: t.id, label: t.name }))} value={draft.team_ids} onChange={(ids) => set({ team_ids: ids.toSorted((a, b) => a - b) })} error={at('team_ids')} none={say('teams.none')} />
      <TextField label={say('limit')} hint={say('limit.hint')} optional value={draft.limit} onChange={(limit) => set({ limit })} error={at('chat_limit')} inputMode="numeric" />
    </>
  );
}

function Given({ title, name, password, onClose }: { title: string; name: string; password: Password; onClose: () => void }) {
  const say = useWords(words);
  const { day, time } = useTimes();
  return (
    <Dialog title={title} onClose={onClose}>
      <Copy label={say('password')} value={password.password} />
      <p>{say('password.once', { name, until: `${day(password.expires_at)}, ${time(password.expires_at)}` })}</p>
    </Dialog>
  );
}
