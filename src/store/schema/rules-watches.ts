/** Rules of watches. Part of the one list in rules.ts. */

/** Their texts: what a session is told, and why it is so. */
export const WATCH_RULES = {
  'GOV-140': {
    message: 'a watch is accepted once by an active person, for 90 days at most, and ended once',
    why: 'What looks at a target in somebody’s name ends by itself when nobody says it again.',
  },
  'GOV-141': {
    message: 'a watch that is accepted and not over looks once an interval, without a gap in its numbers',
    why: 'Its cost was accepted for that interval.',
  },
  'GOV-142': {
    message:
      'a watch holds or fails by a new answer of its target to its own question; without one it is unknown',
    why: 'Healthy is only what was looked at; a look that could not be had says nothing.',
  },
  'GOV-143': {
    message: 'a look stays 30 days, one that fails 90, the newest of each kind for good; watches stay',
    why: 'What was seen before a failure came back is what the next one is judged by; what nobody judges by any more only fills the store.',
  },
  'GOV-144': {
    message:
      'a preventive attempt names a watch of its failure that fails now, and succeeds when that holds again',
    why: 'To have prevented something is easily claimed; a look that failed, and one that holds, are not.',
  },
  'GOV-145': {
    message:
      'a watch is of a failure seen ten times, on a target of its workspace, one of a kind, ten a target',
    why: 'What looks at a target costs it; one failure that reports itself in many forms would fill it with looks.',
  },
} as const
