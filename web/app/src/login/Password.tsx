// Change one's password: by choice, or because somebody else gave it and nothing else is allowed (spec 1.1).
import { useQueryClient } from '@tanstack/react-query';
import { useRouteContext, useRouter, useSearch } from '@tanstack/react-router';
import { CircleAlert } from 'lucide-react';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { changePassword } from '../api/calls.ts';
import { Refused, signOut } from '../api/client.ts';
import { queryKeys } from '../api/keys.ts';
import { useLang, useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { Button } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import { Mark } from '../shell/Mark.tsx';
import s from './login.module.css';

const shortest = 8;
const longest = 1000;

type Field = 'old_password' | 'password';

export function Password() {
  const t = useT();
  const lang = useLang((x) => x.lang);
  const cache = useQueryClient();
  const router = useRouter();
  const { next } = useSearch({ from: '/password' });
  const { session } = useRouteContext({ from: '/password' });
  const due = session.must_change_password === true;
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const [problem, setProblem] = useState<{ field?: Field; text: string } | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();

  useEffect(() => {
    document.documentElement.lang = lang;
    document.title = `${t('password.title')} · Sidetone`;
  }, [lang, t]);

  const refuse = (text: string, field?: Field) => {
    setProblem({ field, text });
    setBusy(false);
    if (field) form.current?.querySelector<HTMLInputElement>(`[name=${field}]`)?.select();
  };

  async function submit(e: FormEvent<HTMLFormElement>) {
    e.preventDefault();
    if (busy) return;
    const data = new FormData(e.currentTarget);
    const old = String(data.get('old_password'));
    const password = String(data.get('password'));
    if ([...password].length < shortest) return refuse(t('password.short'), 'password');
    if ([...password].length > longest) return refuse(t('password.long'), 'password');
    if (password === old) return refuse(t('password.same'), 'password');
    setBusy(true);
    setProblem(null);
    try {
      cache.setQueryData(queryKeys.session, await changePassword(old, password));
      notice(t('password.done'));
      router.history.push(next ?? '/');
    } catch (error) {
      if (!(error instanceof Refused) || error.status >= 500) return refuse(t('login.unreachable'));
      if (error.status === 401 || error.field === 'old_password') return refuse(t('password.wrong'), 'old_password');
      if (error.field === 'password') return refuse(t('password.common'), 'password');
      refuse(error.message);
    }
  }

  const leave = () => void signOut().then((to) => location.assign(to));

  const field = (name: Field, label: 'password.old' | 'password.new', complete: string, hint?: string) => (
    <>
      <label htmlFor={id + name}>{t(label)}</label>
      <input
        id={id + name}
        name={name}
        type={shown ? 'text' : 'password'}
        autoComplete={complete}
        required
        autoFocus={name === 'old_password'}
        aria-invalid={problem?.field === name}
        aria-describedby={[hint && `${id}h`, problem?.field === name && `${id}p`].filter(Boolean).join(' ') || undefined}
      />
    </>
  );

  return (
    <main className={s.page}>
      <div className={s.card}>
        <p className={s.brand}>
          <Mark /> Sidetone
        </p>
        <h1>{t(due ? 'password.due.title' : 'password.title')}</h1>
        {due && <p className={s.lead}>{t('password.due.text')}</p>}
        <form ref={form} onSubmit={submit}>
          <input type="text" name="username" autoComplete="username" value={session.user.email} readOnly hidden />
          {field('old_password', 'password.old', 'current-password')}
          {field('password', 'password.new', 'new-password', 'hint')}
          <p id={`${id}h`} className={s.hint}>
            {t('password.hint')}
          </p>
          <label className={s.check}>
            <input type="checkbox" checked={shown} onChange={(e) => setShown(e.target.checked)} />
            {t('password.show')}
          </label>
          <p id={`${id}p`} className={s.problem} role="alert">
            {problem && (
              <>
                <CircleAlert aria-hidden />
                {problem.text}
              </>
            )}
          </p>
          <Button type="submit" look="primary" size="form" aria-disabled={busy}>
            {t(busy ? 'password.saving' : 'password.save')}
          </Button>
          <Button look="quiet" size="form" onClick={due ? leave : () => router.history.push(next ?? '/')}>
            {t(due ? 'bar.signOut' : 'app.cancel')}
          </Button>
        </form>
      </div>
    </main>
  );
}
