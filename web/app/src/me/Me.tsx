// Oneself: profile, alerts, keys, appearance, time to answer, sessions. One place for all of it, kept on the server.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouteContext, useRouter } from '@tanstack/react-router';
import { Page } from '../admin/parts/index.tsx';
import { changeMe, type MeChange } from '../api/calls.ts';
import { getSession, Refused, type Session } from '../api/client.ts';
import { queryKeys } from '../api/keys.ts';
import { useWords } from '../i18n/index.ts';
import { announce } from '../parts/announce.tsx';
import { notice } from '../parts/toast.tsx';
import { adopt, usePrefs, type Preferences } from '../prefs.ts';
import { Alerts } from './Alerts.tsx';
import { Appearance, OfferTime } from './Appearance.tsx';
import { Keys } from './Keys.tsx';
import s from './me.module.css';
import { Profile } from './Profile.tsx';
import { Sessions } from './Sessions.tsx';
import { words } from './words.ts';

const sections = ['profile', 'alerts', 'keys', 'appearance', 'time', 'sessions'] as const;

export type Save = (change: MeChange) => Promise<Refused | null>;

export function Me() {
  const say = useWords(words);
  const { session: began } = useRouteContext({ from: '/shell' });
  const { data } = useQuery({ queryKey: queryKeys.session, queryFn: getSession, staleTime: Infinity, initialData: began });
  const session = data ?? began;
  const save = useSave();

  return (
    <main className={s.main}>
      <Page title={say('title')} about={say('about')} narrow>
      <div className={s.page}>
        <nav className={s.nav} aria-label={say('nav')}>
          {sections.map((id) => (
            <a key={id} href={`#${id}`}>
              {say(id)}
            </a>
          ))}
        </nav>
        <Section id="profile">
          <Profile session={session} save={save} />
        </Section>
        <Section id="alerts">
          <Alerts save={save} />
        </Section>
        <Section id="keys">
          <Keys save={save} />
        </Section>
        <Section id="appearance">
          <Appearance save={save} />
        </Section>
        <Section id="time">
          <OfferTime save={save} />
        </Section>
        <Section id="sessions">
          <Sessions />
        </Section>
      </div>
      </Page>
    </main>
  );
}

function Section({ id, children }: { id: (typeof sections)[number]; children: React.ReactNode }) {
  const say = useWords(words);
  return (
    <section className={s.section} id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{say(id)}</h2>
      {children}
    </section>
  );
}

// What was chosen and is not yet with the server, in its order: one is sent when the one before is answered.
const chosen: Partial<Preferences>[] = [];
let sent: Promise<unknown> = Promise.resolve();

// useSave changes something of oneself: what is chosen holds at once, over the answers to what was chosen before, and comes
// back when the server refuses.
function useSave(): Save {
  const say = useWords(words);
  const cache = useQueryClient();
  const router = useRouter();
  return async (change) => {
    const mine = change.preferences ?? {};
    const before = { ...usePrefs.getState() };
    const kept = (stored: Preferences) => {
      chosen.splice(chosen.indexOf(mine), 1);
      adopt(Object.assign({}, stored, ...chosen));
    };
    chosen.push(mine);
    adopt({ ...before, ...mine });
    const answer = sent.then(() => changeMe(change));
    sent = answer.catch(() => {});
    try {
      const session = await answer;
      cache.setQueryData<Session>(queryKeys.session, session);
      kept(session.preferences);
      announce(say('saved'));
      if (change.name !== undefined) void router.invalidate(); // the bar names the person
      return null;
    } catch (error) {
      kept(cache.getQueryData<Session>(queryKeys.session)?.preferences ?? before);
      const refused = error instanceof Refused ? error : new Refused(0, error instanceof Error ? error.message : String(error));
      if (!refused.field || refused.field !== 'name') notice(say('failed', { why: refused.message }));
      return refused;
    }
  };
}
