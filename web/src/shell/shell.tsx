/** What surrounds every page of who is signed in: navigation, stop switch, live state, palette, keys. */
import { ActionIcon, Button, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { openSpotlight } from '@mantine/spotlight'
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Link, Outlet, useLocation, useRouter } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { keepCsrfToken, write } from '../api/client.ts'
import { type LiveState, useLive } from '../api/live.ts'
import { sessionQuery } from '../api/queries.ts'
import { isTyping } from '../parts/typing.ts'
import { rolesHere } from '../session/rights.ts'
import { CommandPalette } from './command-palette.tsx'
import { KillSwitch } from './kill-switch.tsx'
import { NoWorkspace } from './no-workspace.tsx'
import { API_REFERENCE, PLACES } from './places.ts'
import { WorkspaceMenu } from './workspace-menu.tsx'

/** After g, the next key goes somewhere within this, ms. */
const SECOND_KEY_MS = 1_500

/** g and a letter: go there. */
function useGoKeys(go: (to: string) => void): void {
  const pressedMs = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
      const place = PLACES.find(({ key }) => key === event.key)
      if (place !== undefined && performance.now() - pressedMs.current < SECOND_KEY_MS) {
        event.preventDefault()
        go(place.to)
      }
      pressedMs.current = event.key === 'g' ? performance.now() : Number.NEGATIVE_INFINITY
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [go])
}

const LIVE_WORDS: Readonly<Record<LiveState, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  cut: 'Cut, trying again',
}

/** Whose workspace it is. */
interface ShellOf {
  /** Null: none that the person may look at. */
  readonly workspace: number | null
  /** As the address says it. */
  readonly named: string | undefined
}

/** The shell. Where there is no workspace only the account is left. */
export function Shell({ workspace, named }: ShellOf) {
  const router = useRouter()
  const cache = useQueryClient()
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  const scheme = useComputedColorScheme('light')
  const isOwnPage = useLocation({ select: ({ pathname }) => pathname === '/settings' })
  const go = (to: string): void => void router.navigate({ href: to })
  useGoKeys(go)
  const leave = useMutation({
    mutationFn: () => write<undefined>('DELETE', '/api/session'),
    onSettled: () => {
      keepCsrfToken(null)
      cache.clear()
      go('/sign-in')
    },
  })
  const switchScheme = (): void => setColorScheme(scheme === 'dark' ? 'light' : 'dark')
  const signOut = (): void => leave.mutate()
  return (
    <div className={workspace === null ? 'shell shell-bare' : 'shell'}>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="bar">
        <Link to="/" className="brand">
          <img src="/icon.svg" alt="" width="24" height="24" />
          <span>dbmedic</span>
        </Link>
        {workspace !== null && <WorkspaceMenu />}
        {workspace !== null && <LiveSign />}
        <div className="bar-end">
          {workspace !== null && <KillSwitch />}
          <Button size="compact-sm" variant="default" onClick={openSpotlight} className="wide-only">
            Commands <kbd>Ctrl K</kbd>
          </Button>
          <AccountMenu scheme={scheme} switchScheme={switchScheme} signOut={signOut} />
        </div>
      </header>
      {workspace !== null && <Places />}
      <main id="content" className="content" tabIndex={-1}>
        {workspace === null && !isOwnPage ? <NoWorkspace named={named} /> : <Outlet />}
      </main>
      <CommandPalette go={go} switchScheme={switchScheme} signOut={signOut} />
    </div>
  )
}

function Places() {
  return (
    <nav className="places" aria-label="Pages">
      {PLACES.map((place) => (
        <Link key={place.to} to={place.to} activeOptions={{ exact: place.to === '/' }} className="place">
          {place.name}
        </Link>
      ))}
    </nav>
  )
}

function LiveSign() {
  const live = useLive()
  return (
    <span className={`live live-${live}`} role="status">
      {LIVE_WORDS[live]}
    </span>
  )
}

function AccountMenu({
  scheme,
  switchScheme,
  signOut,
}: {
  readonly scheme: 'light' | 'dark'
  readonly switchScheme: () => void
  readonly signOut: () => void
}) {
  const { data: session } = useSuspenseQuery(sessionQuery)
  const initials = session.displayName.slice(0, 2).toUpperCase()
  return (
    <Menu position="bottom-end" width={240} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="default" radius="xl" size="md">
          <span aria-hidden="true">{initials}</span>
          <span className="unseen">Account of {session.displayName}</span>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="account">
          <strong>{session.displayName}</strong> ({session.userName})
          <div className="quiet">{rolesHere(session).join(', ') || 'no role here'}</div>
        </div>
        <Menu.Item onClick={openSpotlight}>Commands</Menu.Item>
        <Menu.Item onClick={switchScheme}>{scheme === 'dark' ? 'Light colours' : 'Dark colours'}</Menu.Item>
        <Menu.Item component="a" href={API_REFERENCE}>
          The API, for scripts
        </Menu.Item>
        <Menu.Item onClick={signOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
