// API tokens: what programs may do, and a command that shows it (spec 6, 4.6, credentials).
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { BookOpen } from 'lucide-react';
import { useState } from 'react';
import { getSimulator } from '../../api/client.ts';
import { useLang, useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button, partStyles, Tag } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { notice } from '../../parts/toast.tsx';
import { Choices } from '../parts/Choices.tsx';
import { Copy } from '../parts/Copy.tsx';
import { useFilters } from '../parts/filters.ts';
import { useOpened } from '../parts/opened.ts';
import { adminStyles as s, Confirm, Dialog, Filter, Page, Table, TextField, useAction } from '../parts/index.tsx';
import { useSession } from '../place.ts';
import { words as shared } from '../words.ts';
import { changeToken, createToken, listSenders, listTokens, regenerateToken, scopes, tokensKey, type NewToken, type Scope, type Token } from './api.ts';
import { curlOf } from './curl.ts';
import { words } from './words.ts';

export default function Tokens() {
  const say = useWords(words);
  const base = useWords(shared);
  const lang = useLang((l) => l.lang);
  const { day, time } = useTimes();
  const session = useSession();
  const { value, set, clear } = useFilters('q');
  const tokens = useQuery({ queryKey: tokensKey, queryFn: listTokens });
  const [open, setOpen] = useOpened(tokens.data, 'new');
  const query = value.q.trim();
  const rows = tokens.data?.filter((t) => t.name.toLocaleLowerCase().includes(query.toLocaleLowerCase()));
  const mayHold = (t: Token) => !t.scopes.includes('admin') || session.user.roles.includes('admin');
  useKey('add', () => setOpen('new'), !open);

  return (
    <Page
      title={base('nav.tokens')}
      about={say('about')}
      actions={
        <>
          <a className={partStyles.button} href={`/docs?lang=${lang}`}>
            <BookOpen aria-hidden />
            {say('docs')}
          </a>
          <Button look="primary" keyId="add" onClick={() => setOpen('new')}>
            {say('add')}
          </Button>
        </>
      }
      tools={<Filter label={say('search')} value={value.q} onChange={(v) => set('q', v)} />}
    >
      <Table
        label={base('nav.tokens')}
        rows={rows}
        rowKey={(t) => t.id}
        error={tokens.error}
        retry={() => void tokens.refetch()}
        filter={{ query, clear }}
        empty={
          <>
            <p>{say('empty')}</p>
            <Button onClick={() => setOpen('new')}>{say('add')}</Button>
          </>
        }
        open={(t) => mayHold(t) && setOpen(t)}
        columns={[
          {
            id: 'name',
            head: say('name'),
            width: '220px',
            cell: (t) =>
              mayHold(t) ? (
                <button type="button" className={s.rowLink} onClick={() => setOpen(t)}>
                  {t.name}
                </button>
              ) : (
                <span className={s.name}>{t.name}</span>
              ),
          },
          { id: 'secret', head: say('secret'), short: true, width: '110px', cell: (t) => <code>…{t.last4}</code> },
          {
            id: 'scopes',
            head: say('scopes'),
            cell: (t) => (
              <span className={s.row}>
                {t.scopes.map((x) => (
                  <Tag key={x}>{x}</Tag>
                ))}
              </span>
            ),
          },
          { id: 'state', head: say('state'), width: '120px', cell: (t) => <Tag tone={t.disabled ? 'bad' : 'ok'}>{say(t.disabled ? 'off' : 'on')}</Tag> },
          { id: 'used', head: say('used'), short: true, width: '180px', cell: (t) => (t.last_used_at ? `${day(t.last_used_at)}, ${time(t.last_used_at)}` : <small>{say('used.never')}</small>) },
          { id: 'made', head: say('made'), short: true, width: '130px', cell: (t) => day(t.created_at) },
        ]}
      />
      {open === 'new' && <New onClose={() => setOpen(undefined)} />}
      {typeof open === 'object' && mayHold(open) && <Edit key={open.id} token={open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

function New({ onClose }: { onClose: () => void }) {
  const say = useWords(words);
  const cache = useQueryClient();
  const admin = useSession().user.roles.includes('admin');
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<Scope[]>(['sms', 'chats:read']);
  const [made, setMade] = useState<NewToken>();
  const create = useAction(async () => {
    setMade(await createToken(name, chosen));
    await cache.invalidateQueries({ queryKey: tokensKey });
  });
  if (made) return <Shown made={made} onClose={onClose} />;
  return (
    <Dialog wide title={say('add')} onClose={onClose} problem={create.elsewhere('name', 'scopes')} submit={{ label: say('create'), busy: create.busy, run: () => void create.run() }}>
      <TextField label={say('name')} hint={say('name.hint')} value={name} onChange={setName} error={create.at('name')} maxLength={200} data-autofocus />
      <Choices label={say('scopes')} options={scopes.map((x) => ({ value: x, label: x, hint: say(`scope.${x}`), disabled: x === 'admin' && !admin }))} value={chosen} onChange={setChosen} error={create.at('scopes')} />
    </Dialog>
  );
}

// Shown is the secret, this once, and a command that uses it.
function Shown({ made, onClose }: { made: NewToken; onClose: () => void }) {
  const say = useWords(words);
  const demo = useSession().features.simulator;
  const phones = useQuery({ queryKey: ['simulator'], queryFn: getSimulator, enabled: demo });
  const [typed, setTyped] = useState('');
  const sends = made.token.scopes.includes('sms');
  const senders = useQuery({ queryKey: ['admin', 'tokens', 'senders'], queryFn: listSenders, enabled: sends });
  const to = sends ? typed.trim() || phones.data?.handsets[0]?.number || '' : '';
  const from = senders.data?.[0] ?? '';
  const curl = curlOf(location.origin, made.secret, made.token.scopes, from, to);
  return (
    <Dialog wide title={say('created', { name: made.token.name })} onClose={onClose}>
      <Copy label={say('secret')} value={made.secret} />
      <p>{say('once')}</p>
      {sends && <TextField label={say('try.to')} hint={say('try.to.hint')} value={typed} onChange={setTyped} placeholder={phones.data?.handsets[0]?.number} inputMode="tel" />}
      {curl && (
        <>
          <p className={s.hint}>{from && to ? say('try.sms', { number: tel(to) }) : say('try.chats')}</p>
          <Copy block label={say('try')} value={curl} />
        </>
      )}
    </Dialog>
  );
}

function Edit({ token, onClose }: { token: Token; onClose: () => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const [name, setName] = useState(token.name);
  const [ask, setAsk] = useState<'disable' | 'regenerate'>();
  const [made, setMade] = useState<NewToken>();
  const change = useAction(async (what: { name?: string; disabled?: boolean }) => {
    const now = await changeToken(token.id, what);
    await cache.invalidateQueries({ queryKey: tokensKey });
    notice(say(what.disabled === undefined ? 'rename.saved' : now.disabled ? 'disabled.done' : 'enabled.done', { name: now.name }));
    onClose();
  });
  const regenerate = useAction(async () => {
    setMade(await regenerateToken(token.id));
    await cache.invalidateQueries({ queryKey: tokensKey });
  });
  if (made) return <Shown made={made} onClose={onClose} />;
  const back = () => setAsk(undefined);
  if (ask === 'disable') {
    return <Confirm title={say('disable.title', { name: token.name })} text={say('disable.text')} label={say('disable')} busy={change.busy} problem={change.error?.message} onClose={back} run={() => void change.run({ disabled: true })} />;
  }
  if (ask === 'regenerate') {
    return <Confirm title={say('regenerate.title', { name: token.name })} text={say('regenerate.text')} label={say('regenerate')} busy={regenerate.busy} problem={regenerate.error?.message} onClose={back} run={() => void regenerate.run()} />;
  }
  return (
    <Dialog title={say('edit', { name: token.name })} onClose={onClose} problem={change.elsewhere('name')} submit={{ label: base('act.save'), busy: change.busy, run: () => void change.run({ name }) }}>
      <TextField label={say('name')} value={name} onChange={setName} error={change.at('name')} maxLength={200} data-autofocus />
      <div className={s.row}>
        <Button onClick={() => setAsk('regenerate')}>{say('regenerate')}</Button>
        {token.disabled ? <Button onClick={() => void change.run({ disabled: false })}>{say('enable')}</Button> : <Button onClick={() => setAsk('disable')}>{say('disable')}</Button>}
      </div>
    </Dialog>
  );
}
