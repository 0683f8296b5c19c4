/** Rules of the records of recovery. Part of the one list in rules.ts. */

/** Their texts: what a session is told, and why it is so. */
export const RECOVERY_RULES = {
  'GOV-120': {
    message: 'a recovery task is of its failure’s type, and begins with nothing tried',
    why: 'Who answers a failure follows from its type, never from how often it happened.',
  },
  'GOV-121': {
    message: 'counts of recovery follow from its attempts, one at a time, with the store’s own time',
    why: 'What share of recoveries succeeds is only worth knowing if nobody can write it.',
  },
  'GOV-122': {
    message: 'attempts follow each other without a gap, and none begins before the last has ended',
    why: 'A failure that is being healed is not healed twice.',
  },
  'GOV-123': {
    message:
      'an attempt is of the strategy its newest explanation gives, of a watch, or hands it to a person',
    why: 'Nothing is tried that was not explained; to hand a failure to a person is always right.',
  },
  'GOV-124': {
    message: 'recovery is switched off, or healed twice in 30 days: only a person goes on',
    why: 'What comes back after two healings was not understood; more autonomy for what works less is the wrong way round.',
  },
  'GOV-125': {
    message: 'an attempt begins open and ends once; a healing succeeds with a verdict of improvement',
    why: 'Success is what was verified on the target, not what was hoped.',
  },
  'GOV-126': {
    message: 'explanations follow each other without a gap, each of another basis than the one before',
    why: 'A failure is explained once, and again when what is known of it changes.',
  },
  'GOV-127': {
    message: 'records of recovery stay 90 days, failed ones a year, the newest as long as its failure',
    why: 'Effectiveness is judged over time, and a failure on record keeps its explanation.',
  },
  'GOV-128': {
    message: 'an explanation names first the failure it is of',
    why: 'Words that rest on nothing that can be looked up again are a claim.',
  },
  'GOV-136': {
    message:
      'recovery of this error is switched off, or it came back twice: only what a person asks for is decided',
    why: 'A switch that a copy of the analyst, or a grant from before, could pass by would be none.',
  },
  'GOV-137': {
    message: 'a healing names a decision of an issue that its failure opened, and that was run',
    why: 'Another failure’s success would count as this one’s.',
  },
  'GOV-138': {
    message: 'recovery of a failure is switched by a row that says who and why, and only to what it is not',
    why: 'Who finds it off has to be able to ask somebody, and to read what was known.',
  },
} as const
