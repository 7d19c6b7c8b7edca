// The page: a list of orders, beside it the one that is open. On a narrow screen the open order takes the list's place.

import { useEffect, useState } from 'react';
import { useLiveUpdates } from './data/live.ts';
import { OrderDetail } from './detail/order-detail.tsx';
import { CreateOrderDialog } from './form/create-order-dialog.tsx';
import { OrderList } from './list/order-list.tsx';
import { useFocusAfterNavigation } from './location/focus.ts';
import { useRoute } from './location/route.ts';
import { findMissingScope } from './session/identity.ts';
import { useSession } from './session/session.ts';
import { SignIn } from './session/sign-in.tsx';
import { SignedInUser } from './session/signed-in-user.tsx';
import { ConnectionBanner } from './ui/connection-banner.tsx';
import { Logo, PlusIcon } from './ui/icons.tsx';
import { ReasonedButton } from './ui/reasoned-button.tsx';

export function App() {
  const { identity, question } = useSession();
  // Nobody has anything open beneath who has not been in.
  const isIn = question === undefined || identity !== null;
  return (
    <>
      {isIn && <Orders key={identity?.subject} />}
      {question && <SignIn />}
    </>
  );
}

function Orders() {
  const route = useRoute();
  const [isCreating, setIsCreating] = useState(false);
  useFocusAfterNavigation(route.orderId);
  useLiveUpdates();
  useEffect(() => {
    document.title = route.orderId === null ? 'Orders' : `Order ${route.orderId} · Orders`;
  }, [route.orderId]);
  return (
    <div className="flex min-h-dvh flex-col lg:h-dvh">
      <Header onCreate={() => setIsCreating(true)} />
      <ConnectionBanner />
      <main className="flex min-h-0 flex-1">
        <div className={`min-w-0 flex-1 ${route.orderId === null ? '' : 'max-lg:hidden'}`}>
          <OrderList status={route.status} openId={route.orderId} />
        </div>
        {route.orderId !== null && <OrderDetail key={route.orderId} orderId={route.orderId} status={route.status} />}
      </main>
      {isCreating && <CreateOrderDialog onClose={() => setIsCreating(false)} />}
    </div>
  );
}

function Header({ onCreate }: { onCreate: () => void }) {
  const { identity } = useSession();
  return (
    <header className="relative flex h-12 shrink-0 items-center gap-2.5 border-b border-line bg-sunken px-4">
      <Logo />
      <h1 className="font-semibold">Orders</h1>
      <a className="ml-auto rounded px-2 py-1 text-muted hover:text-ink" href="/docs">
        API
      </a>
      <SignedInUser />
      <ReasonedButton kind="primary" reason={findMissingScope('create', identity)} place="below" onPress={onCreate}>
        <PlusIcon />
        New order
      </ReasonedButton>
    </header>
  );
}
