// Every key of the query cache. What comes by socket is written under `desk` and `log`, and never refetched.
export const queryKeys = {
  session: ['session'] as const,
  simulator: ['simulator'] as const,
  desk: ['desk'] as const,
  log: (chat: number) => ['log', chat] as const,
  statuses: ['statuses'] as const,
  shortcuts: (chat: number) => ['shortcuts', chat] as const,
  dismissed: ['dismissed'] as const,
  transferTargets: (chat: number) => ['transferTargets', chat] as const,
  outboundOptions: ['outboundOptions'] as const,
  myQueues: ['myQueues'] as const,
  myStats: ['myStats'] as const,
  outbox: ['outbox'] as const,
};
