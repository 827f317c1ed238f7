// The tenant's hours of operation and their zone; queues may have their own.
import { useWords } from '../../i18n/index.ts';
import { Button, ErrorState } from '../../parts/index.tsx';
import { Page, PageSkeleton } from '../parts/index.tsx';
import { ReadOnly } from '../parts/ReadOnly.tsx';
import { useMayChange } from '../place.ts';
import { Row, Source } from '../settings/Row.tsx';
import { SaveSettings } from '../settings/SaveSettings.tsx';
import s from '../settings/settings.module.css';
import { useNames } from '../settings/useNames.ts';
import { useSettings } from '../settings/useSettings.ts';
import { words as settingWords } from '../settings/words.ts';
import { words as shared } from '../words.ts';
import type { Hours } from './hours.ts';
import { HoursEditor } from './HoursEditor.tsx';
import { words } from './words.ts';

export default function HoursPage() {
  const say = useWords(words);
  const base = useWords(shared);
  const setting = useWords(settingWords);
  const { nameOf, docOf } = useNames();
  const locked = !useMayChange();
  const settings = useSettings();
  const hours = settings.find('hours');
  const zone = settings.find('time_zone');
  if (!hours || !zone) return settings.error ? <ErrorState title={setting('failed')} error={settings.error} retry={settings.reload} /> : <PageSkeleton />;
  const value = settings.value('hours') as Hours | null;
  return (
    <Page title={base('nav.hours')} about={say('about')} foot={<SaveSettings settings={settings} />} actions={!locked && value && <Button onClick={() => settings.set('hours', null)}>{say('clear')}</Button>}>
      {locked && <ReadOnly />}
      <section className={s.section} aria-labelledby="hours-zone">
        <header>
          <h2 id="hours-zone">{nameOf('time_zone')}</h2>
        </header>
        <div className={s.rows}>
          <Row of={zone} settings={settings} locked={locked} titled />
        </div>
      </section>
      <section className={s.section} aria-labelledby="hours-week" data-key="hours">
        <header>
          <h2 id="hours-week">{nameOf('hours')}</h2>
          <p>{docOf(hours)}</p>
          <Source of={hours} settings={settings} locked />
        </header>
        <HoursEditor value={value} own={settings.own('hours')} locked={locked} error={settings.problem('hours')} onChange={(v) => settings.set('hours', v)} ownLabel={say('set')} />
      </section>
    </Page>
  );
}
