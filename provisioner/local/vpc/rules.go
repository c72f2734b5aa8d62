package vpc

import (
	"fmt"
	"net/netip"
	"strings"
)

// baseRules are the firewall of a router: zones reach each other, and connections only what their own chain lets in. Making
// them again changes nothing but brings the order of the rules back.
const baseRules = `
add table ip podium
add map ip podium inbound { type ifname : verdict; }
add set ip podium outbound { type ifname; }
add chain ip podium forward { type filter hook forward priority filter; policy drop; }
add chain ip podium input { type filter hook input priority filter; policy drop; }
flush chain ip podium forward
flush chain ip podium input
add rule ip podium forward ct state established,related accept
add rule ip podium forward iifname "zone*" oifname "zone*" accept
add rule ip podium forward iifname "zone*" oifname @outbound accept
add rule ip podium forward iifname vmap @inbound
add rule ip podium input ct state established,related accept
`

// openRules lets the ranges of a connection in to the ports of the network, and the network out to the ranges.
func openRules(port string, network netip.Prefix, ranges []netip.Prefix, ports []int) string {
	return closeRules(port) + fmt.Sprintf(`
add chain ip podium %[1]s
add rule ip podium %[1]s ip saddr { %[2]s } ip daddr %[3]s tcp dport { %[4]s } accept
add element ip podium inbound { "%[1]s" : jump %[1]s }
add element ip podium outbound { "%[1]s" }
`, port, list(ranges), network, list(ports))
}

// closeRules takes away what openRules made. It adds first, as nothing can be deleted that is not there.
func closeRules(port string) string {
	return fmt.Sprintf(`
add chain ip podium %[1]s
add element ip podium inbound { "%[1]s" : jump %[1]s }
add element ip podium outbound { "%[1]s" }
delete element ip podium inbound { "%[1]s" }
delete element ip podium outbound { "%[1]s" }
flush chain ip podium %[1]s
delete chain ip podium %[1]s
`, port)
}

func list[T any](all []T) string {
	texts := make([]string, len(all))
	for i, v := range all {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ", ")
}
