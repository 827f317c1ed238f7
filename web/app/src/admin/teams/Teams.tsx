// Teams: people who serve the same queues.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { Button, IconButton } from '../../parts/index.tsx';
import { notice } from '../../parts/toast.tsx';
import { Choices } from '../parts/Choices.tsx';
import { useFilters } from '../parts/filters.ts';
import { useOpened } from '../parts/opened.ts';
import { adminStyles as s, Confirm, Dialog, Filter, Page, Table, TextField, useAction } from '../parts/index.tsx';
import { useShared } from '../parts/useShared.tsx';
import { everybody, usersKey } from '../users/api.ts';
import { words as shared } from '../words.ts';
import { changeTeam, createTeam, deleteTeam, listQueues, listTeams, teamsKey, type Team } from './api.ts';
import { words } from './words.ts';

export default function Teams() {
  const say = useWords(words);
  const base = useWords(shared);
  const [gone, setGone] = useState<Team>();
  const { value, set, clear } = useFilters('q');
  const teams = useQuery({ queryKey: teamsKey, queryFn: listTeams });
  const [open, setOpen] = useOpened(teams.data, 'new');
  const people = useQuery({ queryKey: [...usersKey, 'all'], queryFn: everybody });
  const queues = useQuery({ queryKey: ['admin', 'teams', 'queues'], queryFn: listQueues });
  const query = value.q.trim();
  const rows = teams.data?.filter((t) => t.name.toLocaleLowerCase().includes(query.toLocaleLowerCase()));
  const nameOf = (id: number) => people.data?.find((p) => p.id === id)?.name ?? '';
  const queueOf = (id: number) => queues.data?.find((q) => q.id === id)?.path ?? '';
  useKey('add', () => setOpen('new'), !open && !gone);

  return (
    <Page
      title={base('nav.teams')}
      about={say('about')}
      actions={
        <Button look="primary" keyId="add" onClick={() => setOpen('new')}>
          {say('add')}
        </Button>
      }
      tools={<Filter label={say('search')} value={value.q} onChange={(v) => set('q', v)} />}
    >
      <Table
        label={base('nav.teams')}
        rows={rows}
        rowKey={(t) => t.id}
        error={teams.error}
        retry={() => void teams.refetch()}
        filter={{ query, clear }}
        empty={
          <>
            <p>{say('empty')}</p>
            <Button onClick={() => setOpen('new')}>{say('add')}</Button>
          </>
        }
        open={setOpen}
        columns={[
          {
            id: 'name',
            head: say('name'),
            width: '240px',
            cell: (t) => (
              <button type="button" className={s.rowLink} onClick={() => setOpen(t)}>
                {t.name}
              </button>
            ),
          },
          { id: 'members', head: say('members'), cell: (t) => (t.member_ids.length ? t.member_ids.map(nameOf).filter(Boolean).join(', ') : <small>{say('members.none')}</small>) },
          { id: 'queues', head: say('queues'), cell: (t) => (t.queue_ids.length ? t.queue_ids.map(queueOf).filter(Boolean).join(', ') : <small>{say('queues.none')}</small>) },
          { id: 'act', head: '', name: base('act.delete'), align: 'end', width: '64px', cell: (t) => <IconButton icon={Trash2} label={say('delete.title', { name: t.name })} onClick={() => setGone(t)} /> },
        ]}
      />
      {open && people.data && <Edit key={open === 'new' ? open : open.id} team={open === 'new' ? undefined : open} people={people.data.map((p) => ({ value: p.id, label: p.name }))} onClose={() => setOpen(undefined)} />}
      {gone && <Delete team={gone} onClose={() => setGone(undefined)} />}
    </Page>
  );
}

const draftOf = (of?: Team) => ({ name: of?.name ?? '', members: of?.member_ids.toSorted((a, b) => a - b) ?? [] });

function Edit({ team, people, onClose }: { team?: Team; people: readonly { value: number; label: string }[]; onClose: () => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const saved = async () => {
    const found = team && (await listTeams()).find((t) => t.id === team.id);
    return found && draftOf(found);
  };
  const { draft, set, settled, clashes } = useShared(draftOf(team), saved, {
    nameOf: say,
    textOf: (key, value) => (key === 'name' ? String(value) : people.filter((p) => (value as number[]).includes(p.value)).map((p) => p.label).join(', ') || say('members.none')),
  });
  const save = useAction(async () => {
    const next = await settled();
    if (!next) return;
    const { name, members } = next;
    await (team ? changeTeam(team.id, name, members) : createTeam(name, members));
    await Promise.all([cache.invalidateQueries({ queryKey: teamsKey }), cache.invalidateQueries({ queryKey: usersKey })]);
    notice(say('saved', { name }));
    onClose();
  });
  if (clashes) return clashes;
  return (
    <Dialog wide title={team ? say('edit', { name: team.name }) : say('add')} onClose={onClose} problem={save.elsewhere('name', 'member_ids')} submit={{ label: base('act.save'), busy: save.busy, run: () => void save.run() }}>
      <TextField label={say('name')} value={draft.name} onChange={(name) => set({ name })} error={save.at('name')} maxLength={100} data-autofocus />
      <Choices label={say('members')} options={people} value={draft.members} onChange={(members) => set({ members: members.toSorted((a, b) => a - b) })} error={save.at('member_ids')} none={say('people.none')} />
      <p className={s.hint}>{say('queues.hint')}</p>
    </Dialog>
  );
}

function Delete({ team, onClose }: { team: Team; onClose: () => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const remove = useAction(async () => {
    await deleteTeam(team.id);
    await Promise.all([cache.invalidateQueries({ queryKey: teamsKey }), cache.invalidateQueries({ queryKey: usersKey })]);
    notice(say('deleted', { name: team.name }));
    onClose();
  });
  return <Confirm title={say('delete.title', { name: team.name })} text={say('delete.text')} label={base('act.delete')} busy={remove.busy} problem={remove.error?.message} onClose={onClose} run={() => void remove.run()} />;
}
