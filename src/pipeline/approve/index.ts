/** The approve stage: votes of persons, and the grants they gave ahead. */
export {
  type Ballot,
  castVote,
  draftVote,
  undoOffered,
  type Voter,
  type VoteSubject,
} from './cast-vote.ts'
export { coveringGrant, type Waiting, whyNotCovered } from './standing.ts'
