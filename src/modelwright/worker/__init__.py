"""The child's side: fits what one job folder asks for and leaves predictions there.

job.py runs one job folder, data.py reads the data of a run and keeps it warm, serve.py is the loop of a warm process;
`python -m modelwright.worker FOLDER` reruns one experiment by hand.
"""
