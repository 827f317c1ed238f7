// What those see who may not see a page: which role it needs, and the way on.
import { Link } from '@tanstack/react-router';
import { useWords } from '../i18n/index.ts';
import { EmptyState, partStyles } from '../parts/index.tsx';
import s from './admin.module.css';
import type { Role } from './pages.ts';
import { useRoles } from './roles.ts';
import { words } from './words.ts';

export function Forbidden({ roles }: { roles: readonly Role[] }) {
  const say = useWords(words);
  const list = useRoles();
  return (
    <EmptyState>
      <h1 className={s.stateTitle}>{say('forbidden.title')}</h1>
      <p>{say('forbidden.text', { roles: list(roles) })}</p>
      <Link className={partStyles.button} to="/">
        {say('forbidden.home')}
      </Link>
    </EmptyState>
  );
}
