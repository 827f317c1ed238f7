// Carrier accounts: how they do, what to enter at the carrier, and their credentials, which are never shown.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../desk/reason.ts';
import { useLang, useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button, Tag } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { notice } from '../../parts/toast.tsx';
import { Copy } from '../parts/Copy.tsx';
import { useOpened } from '../parts/opened.ts';
import { adminStyles as s, Dialog, FieldError, Page, Table, TextField, useAction } from '../parts/index.tsx';
import { useGo, useMayChange } from '../place.ts';
import { words as shared } from '../words.ts';
import { accountsKey, addAccount, checkAccount, listAccounts, rotateToken, type Account } from './api.ts';
import { words } from './words.ts';

export default function Carriers() {
  const say = useWords(words);
  const base = useWords(shared);
  const may = useMayChange();
  const { day, time } = useTimes();
  const accounts = useQuery({ queryKey: accountsKey, queryFn: listAccounts });
  const [open, setOpen] = useOpened(accounts.data, 'new');
  const shown = typeof open === 'object' ? open : undefined;
  const go = useGo();
  useKey('add', () => setOpen('new'), may && open === undefined);
  const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });

  return (
    <Page
      title={base('nav.carriers')}
      about={say('about')}
      actions={
        may && (
          <Button look="primary" keyId="add" onClick={() => setOpen('new')}>
            {say('add')}
          </Button>
        )
      }
    >
      <Table
        label={base('nav.carriers')}
        rows={accounts.data}
        rowKey={(a) => a.id}
        error={accounts.error}
        retry={() => void accounts.refetch()}
        empty={
          <>
            <p>{say('empty')}</p>
            {may && <Button onClick={() => setOpen('new')}>{say('add')}</Button>}
          </>
        }
        open={setOpen}
        columns={[
          {
            id: 'sid',
            head: say('account'),
            cell: (a) => (
              <>
                <button type="button" className={s.rowLink} onClick={() => setOpen(a)}>
                  {a.sid}
                </button>
                <br />
                <small>{a.base_url}</small>
              </>
            ),
          },
          { id: 'health', head: say('health'), short: true, width: '170px', cell: (a) => <Health account={a} /> },
          { id: 'numbers', head: say('numbers'), align: 'end', width: '90px', cell: (a) => a.health.numbers },
          { id: 'queued', head: say('queued'), align: 'end', width: '90px', cell: (a) => a.health.queued },
          { id: 'errors', head: say('errors'), align: 'end', width: '150px', cell: (a) => percent.format(a.health.error_rate) },
          { id: 'last', head: say('last'), short: true, width: '180px', cell: (a) => (a.health.last_sent_at ? `${day(a.health.last_sent_at)}, ${time(a.health.last_sent_at)}` : <small>{say('last.never')}</small>) },
        ]}
      />
      {may && open === 'new' && <New onClose={() => setOpen(undefined)} onMade={(id) => go(`carriers/${id}`)} />}
      {shown && <One account={shown} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

function Health({ account }: { account: Account }) {
  const say = useWords(words);
  const { numbers, paused } = account.health;
  if (paused.length > 0) return <Tag tone="bad">{say('health.paused', { n: paused.length })}</Tag>;
  return numbers === 0 ? <Tag>{say('health.idle')}</Tag> : <Tag tone="ok">{say('health.ok')}</Tag>;
}

function New({ onClose, onMade }: { onClose: () => void; onMade: (id: number) => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const [sid, setSid] = useState('');
  const [token, setToken] = useState('');
  const [url, setUrl] = useState('');
  const add = useAction(async () => {
    const made = await addAccount(sid, token, url);
    await cache.invalidateQueries({ queryKey: accountsKey });
    notice(say('added', { sid: made.sid }));
    onMade(made.id); // what to enter at the carrier comes next
  });
  return (
    <Dialog title={say('add')} onClose={onClose} problem={add.elsewhere('sid', 'auth_token', 'base_url')} submit={{ label: base('act.add'), busy: add.busy, run: () => void add.run() }}>
      <TextField label={say('sid')} hint={say('sid.hint')} value={sid} onChange={setSid} error={add.at('sid')} spellCheck={false} autoComplete="off" data-autofocus />
      <TextField label={say('token')} hint={say('token.hint')} value={token} onChange={setToken} error={add.at('auth_token')} type="password" autoComplete="new-password" />
      <TextField label={say('base')} hint={say('base.hint')} optional value={url} onChange={setUrl} error={add.at('base_url')} placeholder="https://api.twilio.com" inputMode="url" spellCheck={false} />
    </Dialog>
  );
}

function One({ account, onClose }: { account: Account; onClose: () => void }) {
  const say = useWords(words);
  const lang = useLang((l) => l.lang);
  const may = useMayChange();
  const [rotating, setRotating] = useState(false);
  const [says, setSays] = useState<{ ok: boolean; message: string }>();
  const check = useAction(async () => {
    setSays(undefined);
    setSays(await checkAccount(account.id));
  });
  if (rotating) return <Rotate account={account} onClose={() => setRotating(false)} />;
  return (
    <Dialog wide title={account.sid} onClose={onClose} problem={check.error?.message}>
      {account.health.paused.map((p) => (
        <FieldError key={p.number}>{say('paused.because', { number: tel(p.number), reason: sentenceOf(lang, p.reason) })}</FieldError>
      ))}
      {account.messages_url ? (
        <>
          <p className={s.hint}>{say('urls')}</p>
          <Copy label={say('url.messages')} value={account.messages_url} />
          <Copy label={say('url.voice')} value={account.voice_url} />
        </>
      ) : (
        <p className={s.notice}>{say('urls.none')}</p>
      )}
      <div className={s.row}>
        <Button aria-disabled={check.busy || undefined} onClick={() => void check.run()}>
          {say(check.busy ? 'check.busy' : 'check')}
        </Button>
        {may && <Button onClick={() => setRotating(true)}>{say('rotate')}</Button>}
        <span role="status">{says && <Tag tone={says.ok ? 'ok' : 'bad'}>{says.ok ? say('check.ok') : says.message}</Tag>}</span>
      </div>
    </Dialog>
  );
}

function Rotate({ account, onClose }: { account: Account; onClose: () => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const [token, setToken] = useState('');
  const [url, setUrl] = useState('');
  const rotate = useAction(async () => {
    await rotateToken(account.id, token, url);
    await cache.invalidateQueries({ queryKey: accountsKey });
    notice(say('rotated', { sid: account.sid }));
    onClose();
  });
  return (
    <Dialog title={say('rotate.title', { sid: account.sid })} onClose={onClose} problem={rotate.elsewhere('auth_token', 'base_url')} submit={{ label: base('act.save'), busy: rotate.busy, run: () => void rotate.run() }}>
      <p>{say('rotate.text')}</p>
      <TextField label={say('token')} hint={say('token.hint')} value={token} onChange={setToken} error={rotate.at('auth_token')} type="password" autoComplete="new-password" data-autofocus />
      <TextField label={say('base')} hint={say('base.hint')} optional value={url} onChange={setUrl} error={rotate.at('base_url')} placeholder={account.base_url} inputMode="url" spellCheck={false} />
    </Dialog>
  );
}
