/* React makes the first page in slices of some milliseconds, between which the browser answers its reader. React slices
   what is no urgent update, and for it each change of a store is urgent. So the component that Dash draws its page by sees
   the moment in which everything is there (the store's "HYDRATED") through a state of its own, whose change is not urgent.
   After that it sees its store as it is. Runs after React and before Dash's renderer. */
(function () {
  'use strict';
  var React = window.React, whole = React.useSyncExternalStore;

  function started(props) {
    return props.appLifecycle === 'HYDRATED';
  }

  function usePatiently(subscribe, look) {
    var state = React.useState(false), open = state[0], setOpen = state[1];
    var seen = React.useRef(null);
    function lookAgain() {
      var now = look();
      if (open) return now; /* not kept: a slice may be thrown away */
      if (!started(now)) seen.current = now;
      return seen.current || now;
    }
    var listen = React.useCallback(function (changed) {
      return subscribe(function () {
        changed();
        if (started(look())) React.startTransition(function () { setOpen(true); });
      });
    }, [subscribe, look]);
    return whole(listen, lookAgain);
  }

  React.useSyncExternalStore = function (subscribe, look, lookOnServer) {
    var now = look();
    /* which component asks never changes, and so neither does what it uses */
    return now && typeof now === 'object' && 'appLifecycle' in now ? usePatiently(subscribe, look) : whole(subscribe, look, lookOnServer);
  };
})();
