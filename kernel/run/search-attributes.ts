/** Typed search attributes; never encrypted, so they hold names only. */
export const SEARCH_ATTRIBUTES = {
  estate: 'LifeboatEstate',
  runbook: 'LifeboatRunbook',
  mode: 'LifeboatMode',
  phase: 'LifeboatPhase',
  region: 'LifeboatRegion',
  requester: 'LifeboatRequester',
} as const;
