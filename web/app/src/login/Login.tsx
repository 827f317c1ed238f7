// Sign in: two fields, paste allowed, no puzzle (spec 6, section 8 item 10).
import { useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { CircleAlert } from 'lucide-react';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { Refused, signIn } from '../api/client.ts';
import { queryKeys } from '../api/keys.ts';
import { useLang, useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { Button } from '../parts/index.tsx';
import { Mark } from '../shell/Mark.tsx';
import s from './login.module.css';

export function Login() {
  const t = useT();
  const lang = useLang((x) => x.lang);
  const cache = useQueryClient();
  const router = useRouter();
  const { next } = useSearch({ from: '/login' });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const password = useRef<HTMLInputElement>(null);
  const id = useId();

  useEffect(() => {
    document.documentElement.lang = lang;
    document.title = `${t('login.title')} · Sidetone`;
  }, [lang, t]);

  async function submit(e: FormEvent<HTMLFormElement>) {
    e.preventDefault();
    if (busy) return;
    const form = new FormData(e.currentTarget);
    setBusy(true);
    setProblem(null);
    try {
      cache.setQueryData(queryKeys.session, await signIn(String(form.get('email')), String(form.get('password'))));
      router.history.push(next ?? '/');
    } catch (error) {
      setBusy(false);
      const told = error instanceof Refused && error.status !== 401 && error.status < 500 ? error.message : null;
      setProblem(told ?? t(error instanceof Refused && error.status === 401 ? 'login.wrong' : 'login.unreachable'));
      password.current?.select();
    }
  }

  return (
    <main className={s.page}>
      <div className={s.card}>
        <p className={s.brand}>
          <Mark /> Sidetone
        </p>
        <h1>{t('login.title')}</h1>
        <form onSubmit={submit} noValidate={false}>
          <label htmlFor={`${id}e`}>{t('login.email')}</label>
          <input id={`${id}e`} name="email" type="email" autoComplete="username" required autoFocus aria-invalid={problem !== null} aria-describedby={`${id}p`} />
          <label htmlFor={`${id}p1`}>{t('login.password')}</label>
          <input
            id={`${id}p1`}
            ref={password}
            name="password"
            type="password"
            autoComplete="current-password"
            required
            aria-invalid={problem !== null}
            aria-describedby={`${id}p`}
          />
          <p id={`${id}p`} className={s.problem} role="alert">
            {problem && (
              <>
                <CircleAlert aria-hidden />
                {problem}
              </>
            )}
          </p>
          <Button type="submit" look="primary" size="form" aria-disabled={busy}>
            {t(busy ? 'login.submitting' : 'login.submit')}
          </Button>
        </form>
      </div>
    </main>
  );
}
