// Sign in: two fields, paste allowed, no puzzle (spec 6, section 8 item 10); or a button that leads to the company's provider.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { CircleAlert } from 'lucide-react';
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { Refused, signIn } from '../api/client.ts';
import { queryKeys } from '../api/keys.ts';
import { useLang, useT, useWords, type Say } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { Button } from '../parts/index.tsx';
import { Mark } from '../shell/Mark.tsx';
import s from './login.module.css';
import { getWays, leaveFor } from './ways.ts';
import { words } from './words.ts';

export function Login() {
  const t = useT();
  const say = useWords(words);
  const lang = useLang((x) => x.lang);
  const cache = useQueryClient();
  const router = useRouter();
  const { next, problem: why } = useSearch({ from: '/login' });
  const ways = useQuery({ queryKey: ['ways'], queryFn: getWays, staleTime: Infinity, retry: 1 });
  const provider = ways.data?.provider;
  const only = provider !== undefined && !ways.data?.passwords; // but for administrators
  const [busy, setBusy] = useState<'password' | 'provider'>();
  const [problem, setProblem] = useState<string | null>(() => (why && `problem.${why}` in words ? say(`problem.${why}` as keyof typeof words) : null));
  const form = useRef<HTMLFormElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const id = useId();

  useEffect(() => {
    document.documentElement.lang = lang;
    document.title = `${t('login.title')} · Sidetone`;
  }, [lang, t]);

  // Whoever comes back with the browser's own button finds the page as it was.
  useEffect(() => {
    const back = (e: PageTransitionEvent) => e.persisted && setBusy(undefined);
    addEventListener('pageshow', back);
    return () => removeEventListener('pageshow', back);
  }, []);

  async function submit(e: FormEvent<HTMLFormElement>) {
    e.preventDefault();
    if (busy) return;
    const data = new FormData(e.currentTarget);
    setBusy('password');
    setProblem(null);
    try {
      cache.setQueryData(queryKeys.session, await signIn(String(data.get('email')), String(data.get('password'))));
      router.history.push(next ?? '/');
    } catch (error) {
      setBusy(undefined);
      const refused = error instanceof Refused ? error : undefined;
      if (refused?.code === 'provider_only') setProblem(say('elsewhere'));
      else if (refused?.status === 429) setProblem(tooMany(say, refused.message));
      else setProblem(t(refused && refused.status < 500 ? 'login.wrong' : 'login.unreachable'));
      password.current?.select();
    }
  }

  async function leave() {
    if (busy) return;
    setBusy('provider');
    setProblem(null);
    try {
      await leaveFor(next, form.current?.querySelector<HTMLInputElement>('[name=email]')?.value.trim() ?? '');
    } catch (error) {
      setBusy(undefined);
      setProblem(error instanceof Refused ? say('problem.provider') : t('login.unreachable'));
    }
  }

  const elsewhere = provider && (
    <Button look={only ? 'primary' : 'plain'} size="form" aria-disabled={busy !== undefined} onClick={() => void leave()}>
      {busy === 'provider' ? say('going') : provider.label}
    </Button>
  );
  const told = (
    <p id={`${id}p`} className={s.problem} role="alert">
      {problem && (
        <>
          <CircleAlert aria-hidden />
          {problem}
        </>
      )}
    </p>
  );
  const bySecret = (
    <form ref={form} onSubmit={submit} noValidate={false}>
      <label htmlFor={`${id}e`}>{t('login.email')}</label>
      <input id={`${id}e`} name="email" type="email" autoComplete="username" required autoFocus aria-invalid={problem !== null && !why} aria-describedby={`${id}p`} />
      <label htmlFor={`${id}p1`}>{t('login.password')}</label>
      <input
        id={`${id}p1`}
        ref={password}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        aria-invalid={problem !== null && !why}
        aria-describedby={`${id}p`}
      />
      {!only && told}
      <Button type="submit" look={only ? 'plain' : 'primary'} size="form" aria-disabled={busy !== undefined}>
        {t(busy === 'password' ? 'login.submitting' : 'login.submit')}
      </Button>
    </form>
  );

  return (
    <main className={s.page}>
      <div className={s.card}>
        <p className={s.brand}>
          <Mark /> Sidetone
        </p>
        <h1>{t('login.title')}</h1>
        {only ? (
          <>
            {told}
            <div className={s.ways}>{elsewhere}</div>
            <details className={s.rest}>
              <summary>{say('password')}</summary>
              {bySecret}
            </details>
          </>
        ) : (
          <>
            {bySecret}
            {elsewhere && (
              <div className={s.ways}>
                <p className={s.or}>{say('or')}</p>
                {elsewhere}
              </div>
            )}
          </>
        )}
      </div>
    </main>
  );
}

// tooMany says how long to wait; the server names the seconds, but for a whole network.
function tooMany(say: Say<typeof words>, message: string): string {
  const seconds = /\d+/.exec(message);
  return seconds ? say('many', { n: Number(seconds[0]) }) : say('many.network');
}
