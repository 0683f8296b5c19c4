/** How a target is, in a word and its colour. */
import type { Dashboard, Target } from '../../../src/server/api-types.ts'

/** The worst thing that is known of it. @param figures undefined: not read yet. */
export function healthOf(
  target: Target,
  figures: Dashboard['targets'][number] | undefined,
): { readonly word: string; readonly colour: string } {
  if (!target.enabled) return { word: 'Not watched', colour: 'gray' }
  if (target.instanceUid === null) return { word: 'Never reached', colour: 'orange.5' }
  if (figures === undefined) return { word: 'Not known', colour: 'gray' }
  if (figures.criticalIssues > 0) return { word: `${figures.criticalIssues} critical`, colour: 'red' }
  if (figures.openIssues > 0) return { word: `${figures.openIssues} open`, colour: 'orange.5' }
  return { word: 'Healthy', colour: 'teal' }
}
