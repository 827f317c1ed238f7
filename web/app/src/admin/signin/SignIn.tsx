// How people sign in beside passwords: the company's provider, who may come in by it, and a check that says what is wrong.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { Button, ErrorState, Tag } from '../../parts/index.tsx';
import { notice } from '../../parts/toast.tsx';
import { Copy } from '../parts/Copy.tsx';
import { adminStyles as a, Check, Chips, Confirm, FieldError, Page, PageSkeleton, RemoveButton, SaveBar, SelectField, TextField, useAction } from '../parts/index.tsx';
import { useShared } from '../parts/useShared.tsx';
import { useLeaveGuard } from '../parts/useLeaveGuard.tsx';
import { words as shared } from '../words.ts';
import { checkSignIn, getSignIn, removeSignIn, saveSignIn, signInKey, type Report, type Role, type SignIn as Found } from './api.ts';
import { changed, draftOf, fault, fields, input, type Draft, type Field } from './draft.ts';
import s from './signin.module.css';
import { words } from './words.ts';

const roles: readonly Role[] = ['agent', 'manager', 'admin', 'developer'];

export default function SignIn() {
  const say = useWords(words);
  const found = useQuery({ queryKey: signInKey, queryFn: getSignIn, refetchOnWindowFocus: false });
  if (found.data) return <Form key={found.data.provider?.changed_at} found={found.data} />;
  if (found.error) return <ErrorState title={say('failed')} error={found.error} retry={() => void found.refetch()} />;
  return <PageSkeleton />;
}

const partOf = {
  enabled: 'enabled',
  label: 'label',
  issuer: 'issuer',
  client_id: 'client',
  secret: 'secret',
  domains: 'domains',
  default_role: 'new',
  role_claim: 'claim',
  role_rules: 'roles',
  passwords: 'passwords',
  sign_out: 'signOut',
} as const satisfies Record<keyof Draft, string>;

function Form({ found }: { found: Found }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const was = draftOf(found.provider);
  const { draft, set, settled, clashes } = useShared(was, async () => draftOf((await getSignIn()).provider), {
    nameOf: (key) => say(partOf[key]),
    textOf: (key, value) => {
      if (typeof value === 'boolean') return base(value ? 'field.on' : 'field.off');
      if (key === 'default_role') return value ? say('new.role', { role: base(`role.${value as Role}`) }) : say('new.none');
      if (key === 'role_rules') return (value as Draft['role_rules']).map((r) => `${r.value}: ${base(`role.${r.role}`)}`).join('\n') || '–';
      return (Array.isArray(value) ? value.join(', ') : String(value ?? '')) || '–';
    },
  });
  const [removing, setRemoving] = useState(false);
  const news = changed(draft, was);
  const guard = useLeaveGuard(news.length > 0);
  const reload = () => cache.invalidateQueries({ queryKey: signInKey });
  const [sent, setSent] = useState(draft); // what a refusal is about
  const save = useAction(async () => {
    const next = await settled();
    if (!next) return;
    setSent(next);
    await saveSignIn(input(next));
    await reload();
    notice(say('saved'));
  });
  const refused = (field: Field) => save.at(field) && say(fault(field, sent));
  const remove = useAction(async () => {
    await removeSignIn();
    await reload();
    notice(say('removed'));
  });
  const here = location.origin + new URL(found.redirect_uris[0]!).pathname; // whoever is here may come back here
  const redirects = [...new Set([...found.redirect_uris, here])];

  return (
    <Page
      narrow
      title={base('nav.signIn')}
      about={say('about')}
      foot={<SaveBar count={news.length} busy={save.busy} problems={save.elsewhere(...fields)} save={() => void save.run()} discard={() => set(was)} />}
    >
      {guard}
      {clashes}
      <div className={s.form}>
        <section aria-labelledby="sign-in-register">
          <h2 id="sign-in-register">{say('register')}</h2>
          <p className={a.hint}>{say('register.text')}</p>
          {redirects.map((uri) => (
            <Copy key={uri} label={say('redirect')} value={uri} />
          ))}
          {draft.sign_out && <Copy label={say('signOut.uri')} value={found.sign_out_uris[0]!} />}
        </section>
        <section aria-labelledby="sign-in-provider">
          <h2 id="sign-in-provider">{say('provider')}</h2>
          <Check label={say('enabled')} hint={say('enabled.hint')} on={draft.enabled} onChange={(enabled) => set({ enabled })} />
          <TextField label={say('label')} hint={say('label.hint')} value={draft.label} onChange={(label) => set({ label })} error={refused('label')} autoComplete="off" />
          <TextField label={say('issuer')} hint={say('issuer.hint')} value={draft.issuer} onChange={(issuer) => set({ issuer })} error={refused('issuer')} inputMode="url" spellCheck={false} autoComplete="off" placeholder="https://login.example.com" />
          <TextField label={say('client')} value={draft.client_id} onChange={(client_id) => set({ client_id })} error={refused('client_id')} spellCheck={false} autoComplete="off" />
          <TextField
            label={say('secret')}
            hint={say(found.provider?.has_secret ? 'secret.kept' : 'secret.hint')}
            value={draft.secret ?? ''}
            onChange={(secret) => set({ secret: secret || undefined })}
            error={refused('secret')}
            type="password"
            autoComplete="new-password"
          />
          <Checked draft={draft} />
        </section>
        <section aria-labelledby="sign-in-who">
          <h2 id="sign-in-who">{say('who')}</h2>
          <Chips label={say('domains')} hint={say('domains.hint')} value={draft.domains} onChange={(domains) => set({ domains })} error={refused('domains')} />
          <SelectField<Role | ''>
            label={say('new')}
            value={draft.default_role}
            onChange={(default_role) => set({ default_role })}
            error={refused('default_role')}
            options={[{ value: '', label: say('new.none') }, ...roles.filter((r) => r !== 'admin').map((r) => ({ value: r, label: say('new.role', { role: base(`role.${r}`) }) }))]}
          />
          <TextField label={say('claim')} hint={say('claim.hint')} optional value={draft.role_claim} onChange={(role_claim) => set({ role_claim })} error={refused('role_claim')} spellCheck={false} autoComplete="off" />
          <Rules rules={draft.role_rules} onChange={(role_rules) => set({ role_rules })} error={refused('role_rules')} shown={draft.role_claim.trim() !== '' || draft.role_rules.length > 0} />
        </section>
        <section aria-labelledby="sign-in-ways">
          <h2 id="sign-in-ways">{say('ways')}</h2>
          <Check label={say('passwords')} hint={say('passwords.hint')} on={draft.passwords} onChange={(passwords) => set({ passwords })} />
          {refused('passwords') && <FieldError>{refused('passwords')}</FieldError>}
          <Check label={say('signOut')} on={draft.sign_out} onChange={(sign_out) => set({ sign_out })} />
        </section>
        {found.provider && (
          <div className={a.row}>
            <Button onClick={() => setRemoving(true)}>{say('remove')}</Button>
          </div>
        )}
      </div>
      {removing && (
        <Confirm
          title={say('remove.title', { label: found.provider?.label ?? '' })}
          text={say('remove.text')}
          label={base('act.remove')}
          busy={remove.busy}
          problem={remove.error?.message}
          onClose={() => setRemoving(false)}
          run={() => void remove.run()}
        />
      )}
    </Page>
  );
}

// Checked asks the provider as it is entered, saved or not.
function Checked({ draft }: { draft: Draft }) {
  const say = useWords(words);
  const [report, setReport] = useState<Report>();
  const check = useAction(async () => {
    setReport(undefined);
    setReport(await checkSignIn(draft.issuer, draft.client_id, draft.secret));
  });
  return (
    <div className={s.check}>
      <Button aria-disabled={check.busy || !draft.issuer || undefined} onClick={() => draft.issuer && void check.run()}>
        {say(check.busy ? 'check.busy' : 'check')}
      </Button>
      <div>
        <div role="status">
          {report?.ok && <Tag tone="ok">{say('check.ok')}</Tag>}
          {report?.notes.map((note) => (
            <p key={note} className={a.hint}>
              {say(`note.${note}`)}
            </p>
          ))}
        </div>
        {report && !report.ok && <FieldError>{say(`fault.${report.fault ?? 'unreachable'}`, { detail: report.detail ?? '' })}</FieldError>}
        {check.error && <FieldError>{check.error.message}</FieldError>}
      </div>
    </div>
  );
}

function Rules({ rules, onChange, error, shown }: { rules: Draft['role_rules']; onChange: (rules: Draft['role_rules']) => void; error: string | undefined; shown: boolean }) {
  const say = useWords(words);
  const base = useWords(shared);
  if (!shown) return null;
  const put = (at: number, part: Partial<Draft['role_rules'][number]>) => onChange(rules.map((r, i) => (i === at ? { ...r, ...part } : r)));
  return (
    <fieldset className={s.rules}>
      <legend>{say('roles')}</legend>
      {rules.map((r, i) => (
        <div key={i} className={s.rule}>
          <TextField hideLabel label={`${say('rule.value')} ${i + 1}`} placeholder={say('rule.value')} value={r.value} onChange={(value) => put(i, { value })} spellCheck={false} autoComplete="off" />
          <SelectField<Role> hideLabel label={`${say('rule.role')} ${i + 1}`} value={r.role} onChange={(role) => put(i, { role })} options={roles.map((role) => ({ value: role, label: base(`role.${role}`) }))} />
          <RemoveButton label={say('rule.remove', { n: i + 1 })} onClick={() => onChange(rules.filter((_, j) => j !== i))} />
        </div>
      ))}
      <Button onClick={() => onChange([...rules, { value: '', role: 'agent' }])}>
        <Plus aria-hidden />
        {say('rule.add')}
      </Button>
      {error && <FieldError>{error}</FieldError>}
    </fieldset>
  );
}
