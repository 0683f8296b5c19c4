/**
 * Everything inside asks who is signed in. Who is not goes to sign in and comes back to where they were; whose session
 * ends while a page is open signs in on top of it, so that nothing typed is lost. Every page is of one workspace.
 */
import { useQuery } from '@tanstack/react-query'
import { Navigate, useLocation, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { Session } from '../../../src/server/api-types.ts'
import { ProblemError } from '../api/client.ts'
import { sessionQuery } from '../api/queries.ts'
import { showWorkspace } from '../api/workspace.ts'
import { ProblemNotice, Reading } from '../parts/notices.tsx'
import { Shell } from '../shell/shell.tsx'
import { SignInAgain } from './sign-in-again.tsx'
import { choose, workspacesOf } from './workspace-choice.ts'
import { lastWorkspace, rememberWorkspace } from './workspaces.ts'

const FactorFirst = lazy(() => import('./factor-first.tsx'))

/** The shell, for who is signed in. */
export function SignedIn() {
  const { data, error, refetch } = useQuery(sessionQuery)
  const here = useLocation({ select: (location) => location.href })
  const signedOut = error instanceof ProblemError && error.problem.status === 401
  // On its way there already: going again would go on for ever.
  if (signedOut && here.startsWith('/sign-in')) return null
  if (data !== undefined)
    return (
      <>
        <Entered of={data} />
        {signedOut && <SignInAgain userName={data.userName} />}
      </>
    )
  if (signedOut) return <Navigate to="/sign-in" search={here === '/' ? {} : { to: here }} replace />
  if (error !== null)
    return (
      <main className="entry">
        <ProblemNotice error={error} again={() => void refetch()} />
      </main>
    )
  return <Waiting />
}

/** The panel; before it, for who is to set up more than a password, the page that does so. */
function Entered({ of }: { readonly of: Session }) {
  // As it is now, also before the page around has heard of it.
  const { data: session = of } = useQuery(sessionQuery)
  const [isSettingUp, setSettingUp] = useState(session.mustSetUp)
  // Stays until the person goes on: recovery codes are shown once, and the session is read again now and then.
  if (session.mustSetUp && !isSettingUp) setSettingUp(true)
  if (!isSettingUp) return <InWorkspace session={session} />
  return (
    <Suspense fallback={<Waiting />}>
      <FactorFirst done={() => setSettingUp(false)} />
    </Suspense>
  )
}

function Waiting() {
  return (
    <main className="entry">
      <Reading />
    </main>
  )
}

/** The shell of the workspace the address names. Who has but the first one finds no word of it in the address. */
function InWorkspace({ session }: { readonly session: Session }) {
  const { workspace: named } = useSearch({ strict: false })
  const navigate = useNavigate()
  const [last] = useState(lastWorkspace)
  const own = workspacesOf(session)
  const chosen = choose(own, { named, last })
  // Before anything below asks for something.
  const isShown = showWorkspace(chosen)
  const mustName = named === undefined && chosen !== null && (own.length > 1 || chosen !== 1)
  useEffect(() => {
    if (!isShown) window.location.reload()
    else if (chosen !== null) rememberWorkspace(chosen)
  }, [isShown, chosen])
  useEffect(() => {
    if (!mustName) return
    void navigate({
      to: '.',
      search: (old) => ({ ...old, workspace: String(chosen) }),
      hash: true,
      replace: true,
    })
  }, [mustName, chosen, navigate])
  return isShown ? <Shell workspace={chosen} named={named} /> : <Waiting />
}
