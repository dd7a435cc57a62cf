/** What one asks of how runs may run. Pure; a name that is not there is refused with the nearest (I12). */
import { required } from '../lookup.ts';
import type { Estate } from '../schema.ts';
import type { Policy } from './policies.ts';

/** @throws refusal `unknown-policy` */
export function policyNamed(estate: Estate, name: string): Policy {
  return required(estate.policies, name, 'policy');
}
