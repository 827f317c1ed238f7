// Scripts to begin with. Each clears its phones first, so that it plays the same however often.
export const sampleScripts: readonly { id: string; source: string }[] = [
  {
    id: 'opt-in',
    source: `# Opt-in and menu
phone Marisol Vega +14155550142
to Support line

# STOP and START: whoever was here before is a new customer again
Marisol Vega: STOP
Marisol Vega: START
expect "resubscribed"
wait 1s

Marisol Vega: Hi, a mug from my order arrived chipped
expect "Welcome to"
expect "Returns"
wait 2s
Marisol Vega: returns
expect "Damaged item"
wait 2s
Marisol Vega: 1
expect "You chose Damaged item"
wait 1s
Marisol Vega [mug]: This is the one
wait 3s

# and leaves
Marisol Vega: STOP
expect "unsubscribed"
`,
  },
  {
    id: 'stop',
    source: `# STOP in the middle
phone Priya Raman +12125550107
to Support line

Priya Raman: STOP
Priya Raman: START
expect "resubscribed"
wait 1s

Priya Raman: Where is my invoice?
expect "Welcome to"
wait 2s
Priya Raman: STOP
expect "unsubscribed"
wait 1s
Priya Raman: Hello? Anybody there?
expect silence 2s

Priya Raman: START
expect "resubscribed"
expect silence 1s
`,
  },
  {
    id: 'two',
    source: `# Two customers at once
phone Theo Lindqvist +13125550118
phone Aiyana Brooks +12065550126
to Support line

Theo Lindqvist: STOP
Aiyana Brooks: STOP
Theo Lindqvist: START
Aiyana Brooks: START
expect Theo Lindqvist "resubscribed"
expect Aiyana Brooks "resubscribed"
wait 1s

Theo Lindqvist: Hi, my order is late
Aiyana Brooks: Hi, I got the wrong vase
expect Theo Lindqvist "Returns"
expect Aiyana Brooks "Returns"
wait 2s
Aiyana Brooks: wrong
Theo Lindqvist: orders
expect Aiyana Brooks "You chose Wrong item"
expect Theo Lindqvist "Where is my order"
wait 3s

# and both leave
Theo Lindqvist: STOP
Aiyana Brooks: STOP
expect Theo Lindqvist "unsubscribed"
expect Aiyana Brooks "unsubscribed"
`,
  },
];
