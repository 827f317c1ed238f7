// The first run: one thing at a time, by keyboard, with an address for every step, so that the browser's own back and forward
// work (spec 6, 4.6).
import { useQueryClient } from '@tanstack/react-query';
import { useLoaderData, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { Refused } from '../api/client.ts';
import { queryKeys } from '../api/keys.ts';
import { useLang, useWords } from '../i18n/index.ts';
import { Button } from '../parts/index.tsx';
import { Mark } from '../shell/Mark.tsx';
import { setUp, tryCarrier, tryToken } from './api.ts';
import { Done } from './Done.tsx';
import { takeToken, useDraft } from './draft.ts';
import { Question } from './Question.tsx';
import s from './setup.module.css';
import { after, asked, before, lacks, steps, stepOf, stopAt, type Step } from './steps.ts';
import { words } from './words.ts';

export function Setup() {
  const say = useWords(words);
  const lang = useLang((x) => x.lang);
  const { step: wanted } = useSearch({ from: '/setup' });
  const state = useLoaderData({ from: '/setup' });

  useEffect(() => {
    document.documentElement.lang = lang;
    document.title = `${say('title')} · Sidetone`;
  }, [lang, say]);

  return (
    <main className={s.page}>
      <div className={s.card}>
        <p className={s.brand}>
          <Mark /> Sidetone
        </p>
        {wanted === 'done' ? <Done /> : <Steps wanted={wanted} simulator={state.simulator === true} demoNumber={state.demo_number ?? ''} />}
      </div>
    </main>
  );
}

// focusIn leads to what is to be answered: the chosen one of several, else the first control.
function focusIn(form: HTMLElement | null): void {
  (form?.querySelector<HTMLElement>('[type=radio]:checked') ?? form?.querySelector<HTMLElement>('[data-first]'))?.focus();
}

function Steps({ wanted, simulator, demoNumber }: { wanted: string | undefined; simulator: boolean; demoNumber: string }) {
  const say = useWords(words);
  const navigate = useNavigate();
  const cache = useQueryClient();
  const draft = useDraft();
  const [problem, setProblem] = useState<{ step: Step; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const [resume, setResume] = useState<Step | null>(null); // where one was when a secret was missing
  const form = useRef<HTMLFormElement>(null);

  useEffect(takeToken, []);
  const goal = steps.find((x) => x === wanted) ?? steps.find((x) => lacks(x, draft)) ?? 'more';
  const step = stopAt(goal, draft);
  useEffect(() => {
    if (step !== goal) setResume(goal);
    if (step !== wanted) void navigate({ to: '/setup', search: { step }, replace: true });
  }, [step, goal, wanted, navigate]);
  useEffect(() => focusIn(form.current), [step]);

  const go = (to: Step) => {
    setProblem(null);
    void navigate({ to: '/setup', search: { step: to } });
  };
  const refuse = (at: Step, text: string) => {
    setProblem({ step: at, text });
    if (at !== step) void navigate({ to: '/setup', search: { step: at } });
    else focusIn(form.current);
  };

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy) return;
    const a = useDraft.getState();
    if (lacks(step, a)) return refuse(step, say(`${step}.wrong`));
    setBusy(true);
    try {
      if (step === 'token' && !(await tryToken(a.token))) return refuse('token', say('token.wrong'));
      if (step === 'auth') await tryCarrier(a, false);
      if (step === 'number' && a.carrier === 'twilio') await tryCarrier(a, true);
      const next = resume && stopAt(resume, a) === resume && asked(a).indexOf(resume) > asked(a).indexOf(step) ? resume : after(step, a);
      setResume(null);
      if (next) return go(next);
      cache.setQueryData(queryKeys.session, await setUp(a));
      void navigate({ to: '/setup', search: { step: 'done' }, replace: true });
    } catch (error) {
      if (!(error instanceof Refused) || error.status >= 500) return refuse(step, say('unreachable'));
      if (error.status === 404) return refuse(step, say('closed'));
      const at = stepOf(error.field) ?? step;
      refuse(at, at === 'token' ? say('token.wrong') : error.message);
    } finally {
      setBusy(false);
    }
  };

  const way = asked(draft).filter((x) => x !== 'token' || step === 'token'); // the address brings it
  const last = after(step, draft) === null;
  const back = before(step, draft);
  const asking = busy && (step === 'auth' || step === 'number');
  return (
    <>
      <h1>{say('title')}</h1>
      <form ref={form} key={step} onSubmit={(e) => void submit(e)} noValidate>
        <p className={s.step}>{say('step', { n: way.indexOf(step) + 1, of: way.length })}</p>
        <Question step={step} simulator={simulator} demoNumber={demoNumber} again={resume !== null && resume !== step} problem={problem?.step === step ? problem.text : undefined} />
        <div className={s.actions}>
          <Button type="submit" look="primary" size="form" aria-disabled={busy}>
            {asking ? say('checking') : last ? say(busy ? 'finishing' : 'finish') : say('next')}
          </Button>
          {back && way.includes(back) && (
            <Button look="quiet" size="form" onClick={() => go(back)}>
              {say('back')}
            </Button>
          )}
        </div>
      </form>
      <p className={s.note}>{say('keys')}</p>
    </>
  );
}
