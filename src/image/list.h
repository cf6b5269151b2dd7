/* Every picture format, in the order in which first bytes are tried; X(name) stands for gan_format_<name>. */
X(png)
X(jpeg)
