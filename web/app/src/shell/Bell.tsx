// The bell: what an agent may have missed, the newest first.
import { useNavigate } from '@tanstack/react-router';
import { Bell as BellIcon, BellRing, Settings2 } from 'lucide-react';
import { useT } from '../i18n/index.ts';
import { useTimes } from '../parts/clock.ts';
import { partStyles } from '../parts/index.tsx';
import { Menu, MenuItem, MenuLabel, MenuLine } from '../parts/menu.tsx';
import { useDesk } from './live.tsx';
import { seen, useNews } from './news.ts';
import s from './shell.module.css';

export function Bell() {
  const t = useT();
  const { day, time } = useTimes();
  const today = day(Date.now());
  const { all, unseen } = useNews();
  const chats = useDesk()?.chats;
  const navigate = useNavigate();
  return (
    <Menu
      onChange={(open) => !open && seen()}
      button={
        <button type="button" className={`${partStyles.button} ${s.bell}`} data-look="quiet" data-icon data-tip={t('bell.label')} data-tip-at="bottom">
          <span data-hidden>{unseen > 0 ? t('bell.count', { n: unseen }) : t('bell.label')}</span>
          {unseen > 0 ? <BellRing aria-hidden /> : <BellIcon aria-hidden />}
          {unseen > 0 && (
            <span className={s.bellCount} aria-hidden>
              {unseen}
            </span>
          )}
        </button>
      }
    >
      <MenuLabel>{t(all.length > 0 ? 'bell.title' : 'bell.none')}</MenuLabel>
      {all.map((n, i) => (
        <MenuItem
          key={`${n.key}${n.chat}`}
          className={s.news}
          data-new={i < unseen || undefined}
          aside={<small>{day(n.at) === today ? time(n.at) : `${day(n.at)}, ${time(n.at)}`}</small>}
          onClick={() => void (chats?.[n.chat] ? navigate({ to: '/desk/$chat', params: { chat: n.chat } }) : navigate({ to: '/desk' }))}
        >
          {t(n.key, n.values)}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem icon={<Settings2 aria-hidden />} onClick={() => void navigate({ to: '/me', hash: 'alerts' })}>
        {t('bell.settings')}
      </MenuItem>
    </Menu>
  );
}
