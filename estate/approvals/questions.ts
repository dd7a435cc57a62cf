/** Who must agree, and who may override. Pure; a tier that is not there is refused with the nearest (I12). */
import { own, required } from '../lookup.ts';
import type { Estate } from '../schema.ts';
import type { Tier } from './section.ts';

/** @throws refusal `unknown-tier` */
export function tierOf(estate: Estate, name: string): Tier {
  return required(estate.approvals.tiers, name, 'tier');
}

/** The least tier that may guard an effect, by name. */
export function minimumTier(estate: Estate, effect: 'change' | 'destroy'): { name: string; tier: Tier } {
  const name = estate.approvals.minimum[effect];
  return { name, tier: tierOf(estate, name) };
}

/** Whether a tier asks for at least as much as another, in every respect but its expiry. */
export function isAsStrict(tier: Tier, least: Tier): boolean {
  return (
    tier.approvals >= least.approvals &&
    tier.personalKeys >= least.personalKeys &&
    (least.botSuffices || !tier.botSuffices)
  );
}

/** Whether a person, by the short name in the file, may break the glass; a name that is not there may not. */
export function mayBreakGlass(estate: Estate, id: string): boolean {
  const roles = own(estate.people, id)?.roles ?? [];
  return roles.some((role) => estate.approvals.breakGlass.roles.includes(role));
}

/** The short names of those who may break the glass, in the order of the file. */
export function glassBreakers(estate: Estate): string[] {
  return Object.keys(estate.people).filter((id) => mayBreakGlass(estate, id));
}
