// Languages and texts: what the channel says by itself, for every queue without its own.
import { useWords } from '../../i18n/index.ts';
import { ErrorState, Segmented } from '../../parts/index.tsx';
import { languageName } from '../../parts/language.ts';
import { Page, PageSkeleton } from '../parts/index.tsx';
import { ReadOnly } from '../parts/ReadOnly.tsx';
import { useGo, useMayChange, usePlace } from '../place.ts';
import { Row } from '../settings/Row.tsx';
import { SaveSettings } from '../settings/SaveSettings.tsx';
import s from '../settings/settings.module.css';
import { useNames } from '../settings/useNames.ts';
import { useSettings } from '../settings/useSettings.ts';
import { words as settingWords } from '../settings/words.ts';
import { words as shared } from '../words.ts';
import { TextRow } from './TextRow.tsx';
import { words } from './words.ts';

export default function TextsPage() {
  const say = useWords(words);
  const base = useWords(shared);
  const setting = useWords(settingWords);
  const { nameOf } = useNames();
  const locked = !useMayChange();
  const settings = useSettings();
  const go = useGo();
  const { search } = usePlace();
  const main = settings.find('default_language');
  if (!settings.all || !main) return settings.error ? <ErrorState title={setting('failed')} error={settings.error} retry={settings.reload} /> : <PageSkeleton />;
  const lang = settings.languages.find((l) => l === search.lang) ?? settings.languages[0] ?? 'en';
  return (
    <Page title={base('nav.texts')} about={say('about')} foot={<SaveSettings settings={settings} />}>
      {locked && <ReadOnly />}
      <section className={s.section} aria-labelledby="texts-language">
        <header>
          <h2 id="texts-language">{nameOf('default_language')}</h2>
        </header>
        <div className={s.rows}>
          <Row of={main} settings={settings} locked={locked} titled />
        </div>
      </section>
      <section className={s.section} aria-labelledby="texts-texts">
        <header>
          <h2 id="texts-texts">{languageName(lang)}</h2>
        </header>
        <div className={s.rows}>
          <div>
            <Segmented label={say('language')} value={lang} options={settings.languages.map((value) => ({ value, label: languageName(value) }))} onChange={(l) => go('texts', { lang: l }, true)} />
          </div>
          {settings.all
            .filter((x) => x.text?.lang === lang)
            .map((x) => (
              <TextRow key={x.key} of={x} settings={settings} locked={locked} asked={search.text === x.text!.kind} />
            ))}
        </div>
      </section>
    </Page>
  );
}
