/* Every classic method. Add a line here and a file beside it. */
X(gray)
X(levin)
X(reinhard)
X(welsh)
X(regions)
X(rules)
