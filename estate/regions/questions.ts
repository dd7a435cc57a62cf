/** What one asks of an estate's regions. Pure; a name that is not there is refused with the nearest (I12). */
import { required } from '../lookup.ts';
import type { Estate } from '../schema.ts';
import type { Region } from './section.ts';

/** In the order of the file. */
export function regionNames(estate: Estate): string[] {
  return Object.keys(estate.regions);
}

/** @throws refusal `unknown-region` */
export function regionOf(estate: Estate, region: string): Region {
  return required(estate.regions, region, 'region');
}

/** All regions but one, in the order of the file. @throws refusal `unknown-region` */
export function otherRegions(estate: Estate, region: string): string[] {
  regionOf(estate, region);
  return regionNames(estate).filter((name) => name !== region);
}
