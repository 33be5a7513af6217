/* Does nothing, well: shows whether a kernel starts programs of the ABI that it was built for. */
int main(void)
{
	return 0;
}
