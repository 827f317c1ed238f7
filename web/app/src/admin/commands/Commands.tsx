// Command words: a field that says what a text would mean, the tenant's own words, the protected ones (spec 1.3).
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Lock } from 'lucide-react';
import { useDeferredValue, useId, useState } from 'react';
import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';
import { useWords } from '../../i18n/index.ts';
import { ErrorState, Tag } from '../../parts/index.tsx';
import { languageName } from '../../parts/language.ts';
import { FieldError, Page, PageSkeleton, TextField } from '../parts/index.tsx';
import { ReadOnly } from '../parts/ReadOnly.tsx';
import { useMayChange } from '../place.ts';
import { Row } from '../settings/Row.tsx';
import { SaveSettings } from '../settings/SaveSettings.tsx';
import form from '../settings/settings.module.css';
import { useSettings } from '../settings/useSettings.ts';
import { words as settingWords } from '../settings/words.ts';
import { words as shared } from '../words.ts';
import s from './commands.module.css';
import { words } from './words.ts';

type Reading = components['schemas']['CommandReading'];

const protectedWords = [
  { kind: 'stop', list: ['STOP', 'STOPALL', 'STOP ALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT', 'OPT OUT', 'REMOVE'] },
  { kind: 'start', list: ['START', 'UNSTOP', 'YES'] },
  { kind: 'help', list: ['HELP', 'INFO'] },
] as const;

export default function Commands() {
  const say = useWords(words);
  const base = useWords(shared);
  const setting = useWords(settingWords);
  const locked = !useMayChange();
  const settings = useSettings();
  if (!settings.all) return settings.error ? <ErrorState title={setting('failed')} error={settings.error} retry={settings.reload} /> : <PageSkeleton />;
  return (
    <Page title={base('nav.commands')} about={say('about')} foot={<SaveSettings settings={settings} />}>
      {locked && <ReadOnly />}
      <section className={form.section} aria-labelledby="commands-test">
        <header>
          <h2 id="commands-test">{say('test')}</h2>
          <p>{say('test.about')}</p>
        </header>
        <Try />
      </section>
      <section className={form.section} aria-labelledby="commands-own">
        <header>
          <h2 id="commands-own">{say('own')}</h2>
          <p>{say('own.about')}</p>
        </header>
        <div className={form.rows}>
          {['back_words', 'exit_words'].map((key) => {
            const of = settings.find(key);
            return of && <Row key={key} of={of} settings={settings} locked={locked} />;
          })}
          <Answers name={say('answer.back')} kind="top" langs={settings.languages} />
          <Answers name={say('answer.exit')} kind="exit" langs={settings.languages} />
        </div>
      </section>
      <section className={form.section} aria-labelledby="commands-protected">
        <header>
          <h2 id="commands-protected">{say('protected')}</h2>
          <p>{say('protected.about')}</p>
        </header>
        <div className={form.rows}>
          {protectedWords.map(({ kind, list }) => (
            <div key={kind} className={s.protected}>
              <Tag>
                <Lock aria-hidden />
                {say('locked')}
              </Tag>
              <span className={s.list}>{list.join(', ')}</span>
              <p>{say(kind)}</p>
              <Answers name={say('answer')} kind={kind} langs={settings.languages} />
            </div>
          ))}
        </div>
      </section>
    </Page>
  );
}

// Answers lead to the text with which a word is answered, in each language.
function Answers({ name, kind, langs }: { name: string; kind: string; langs: readonly string[] }) {
  const id = useId();
  return (
    <div className={s.answers} role="group" aria-labelledby={id}>
      <span id={id}>{name}</span>
      {langs.map((lang) => (
        <Link key={lang} to="/admin/$" params={{ _splat: 'texts' }} search={{ lang, text: kind }} lang={lang}>
          {languageName(lang)}
        </Link>
      ))}
    </div>
  );
}

function Try() {
  const say = useWords(words);
  const [text, setText] = useState('');
  const asked = useDeferredValue(text.trim());
  const reading = useQuery({
    queryKey: ['admin', 'command', asked],
    queryFn: () => data(client.POST('/commands/test', { body: { text: asked } })),
    enabled: asked !== '',
    placeholderData: (kept) => kept,
    retry: false,
  });
  return (
    <div className={s.try}>
      <TextField label={say('test.label')} value={text} onChange={setText} maxLength={1600} autoComplete="off" spellCheck={false} />
      <div role="status" aria-label={say('test.result')} className={s.result}>
        {asked !== '' && reading.data && !reading.error && <Said reading={reading.data} />}
        {reading.error && <FieldError>{reading.error.message}</FieldError>}
      </div>
    </div>
  );
}

function Said({ reading }: { reading: Reading }) {
  const say = useWords(words);
  const { kind, tier, word, lang, possible_opt_out } = reading;
  if (possible_opt_out) {
    return (
      <>
        <Tag tone="warn">{say('flag')}</Tag> <p>{say('flag.text')}</p>
      </>
    );
  }
  return (
    <>
      <Tag tone={kind === 'none' ? undefined : kind === 'stop' ? 'bad' : 'acc'}>{say(`kind.${kind}`)}</Tag>
      <p>
        {kind === 'none' ? say('none.text') : tier && say(`tier.${tier}`, { word: word ?? '' })} {lang && kind !== 'none' && say('in', { language: languageName(lang) })}
      </p>
    </>
  );
}
